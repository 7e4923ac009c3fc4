//! Every way in which an existing VM may not join a scale set (azure.md §1.2).

use serde_json::{Value, json};

use super::cloud::Cloud;

#[tokio::test(start_paused = true)]
async fn each_refusal_to_attach_has_its_code() {
    let cloud = Cloud::with_alice("").await;
    let alice = cloud.alice();
    let leave = Some(json!({"properties": {"virtualMachineScaleSet": {"id": null}}}));
    let left = cloud.send("PATCH", &alice, leave).await.is(200);
    cloud.finish(&left).await;
    let set = cloud.id("Microsoft.Compute/virtualMachineScaleSets/openclaw");
    let join = Some(json!({"properties": {"virtualMachineScaleSet": {"id": set}}}));
    let change = |id: &str, place: &str, name: &str, value: Value| {
        let mut state = cloud.world.state();
        let body = &mut state.resources.get_mut(&id.to_lowercase()).unwrap().body;
        let parent = body.pointer_mut(place).unwrap().as_object_mut().unwrap();
        match value {
            Value::Null => parent.shift_remove(name).unwrap_or_default(),
            value => parent.insert(name.into(), value).unwrap_or_default(),
        }
    };
    let other = json!({"id": "/subscriptions/s/other"});
    for (id, place, name, value, code) in [
        (&set, "/properties", "orchestrationMode", json!("Uniform"), "OperationNotAllowed"),
        (&set, "/properties", "singlePlacementGroup", Value::Null, "VmssDoesNotSupportAttachingWithSpg"),
        (&set, "/properties", "platformFaultDomainCount", json!(2), "VmssDoesNotSupportAttachingExistingVMMultiFD"),
        (&alice, "/properties", "availabilitySet", other.clone(), "VmssDoesNotSupportAttachingExistingAvsetVM"),
        (&alice, "/properties", "proximityPlacementGroup", other, "VmssDoesNotSupportAttachingPPGVM"),
        (
            &alice,
            "/properties/storageProfile/osDisk",
            "vhd",
            json!({"uri": "x"}),
            "VmssDoesNotSupportAttachingExistingVMUnmanagedDisk",
        ),
    ] {
        let before = change(id, place, name, value);
        cloud.send("PATCH", &alice, join.clone()).await.refused(409, code);
        change(id, place, name, before);
    }
    let joined = cloud.send("PATCH", &alice, join).await.is(200);
    cloud.finish(&joined).await;
}
