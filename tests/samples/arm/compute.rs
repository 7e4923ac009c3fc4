use serde_json::Value;

use super::azure::Azure;
use crate::shape::{Excuse, same_shape, sample};

/// The sample's set is a Uniform one; this has neither profile nor size, which is the point of it.
const SET: &[Excuse] = &[
    ("/tags/myTag1", NOT_ASKED),
    ("/sku", "a set without profile has none"),
    ("/properties/upgradePolicy", "belongs to a profile"),
    ("/properties/virtualMachineProfile", "there is none"),
    ("/properties/overprovision", "Uniform only"),
    ("/properties/doNotRunExtensionsOnOverprovisionedVMs", "Uniform only"),
    ("/properties/hostGroup", NOT_ASKED),
];
const VIEW: &[Excuse] = &[
    ("/platformUpdateDomain", "a Flexible set has none"),
    ("/platformFaultDomain", "with one fault domain none is told"),
    ("/bootDiagnostics/consoleScreenshotBlobUri", "managed storage: asked for by its own action"),
    ("/bootDiagnostics/serialConsoleLogBlobUri", "managed storage: asked for by its own action"),
    ("/extensions/*/statuses/*/message", "it has nothing to say"),
    ("/patchStatus", NOT_ASKED),
    ("/statuses/*/time", "Azure leaves it out for the power state, the only one without it"),
];

/// Paths below `/value/*` that the sample shows for the sake of showing them.
const LISTED: &str = "properties/availabilitySet properties/hardwareProfile/vmSizeProperties
    properties/storageProfile/imageReference/sharedGalleryImageId
    properties/storageProfile/imageReference/communityGalleryImageId properties/storageProfile/imageReference/id
    properties/storageProfile/osDisk/vhd properties/storageProfile/osDisk/encryptionSettings
    properties/storageProfile/osDisk/image properties/storageProfile/osDisk/writeAcceleratorEnabled
    properties/storageProfile/osDisk/diffDiskSettings
    properties/storageProfile/osDisk/managedDisk/diskEncryptionSet
    properties/storageProfile/osDisk/managedDisk/securityProfile properties/osProfile/windowsConfiguration
    properties/osProfile/customData properties/osProfile/linuxConfiguration
    properties/networkProfile/networkInterfaces/*/properties/primary properties/networkProfile/networkApiVersion
    properties/networkProfile/networkInterfaceConfigurations properties/additionalCapabilities
    properties/securityProfile properties/diagnosticsProfile/bootDiagnostics/storageUri
    properties/proximityPlacementGroup properties/priority properties/evictionPolicy properties/billingProfile
    properties/host properties/hostGroup properties/licenseType properties/extensionsTimeBudget
    properties/platformFaultDomain properties/scheduledEventsProfile properties/userData
    properties/capacityReservation properties/applicationProfile plan
    resources/*/properties resources/*/name resources/*/type resources/*/location resources/*/tags
    identity/userAssignedIdentities zones extendedLocation";

fn like(name: &str, status: u16, answer: &Value, excuses: &[Excuse]) {
    if let Some(sample) = sample(name, status) {
        same_shape(&sample, answer, excuses);
    }
}

const LINUX: &str = "machines here run Linux";
const NOT_ASKED: &str = "nobody asked for one";
const HIDDEN: &str = "Azure answers what is protected with nothing";
/// What the samples' VM has and this one was not given.
const VM: &[Excuse] = &[
    ("/tags/myTag1", NOT_ASKED),
    ("/properties/availabilitySet", NOT_ASKED),
    ("/properties/proximityPlacementGroup", NOT_ASKED),
    ("/properties/storageProfile/dataDisks", NOT_ASKED),
    ("/properties/applicationProfile", NOT_ASKED),
    ("/properties/userData", NOT_ASKED),
    ("/properties/osProfile/windowsConfiguration", LINUX),
    ("/properties/diagnosticsProfile/bootDiagnostics/storageUri", "managed storage has none"),
    ("/properties/extensionsTimeBudget", NOT_ASKED),
    ("/resources/*/tags/displayName", NOT_ASKED),
    ("/managedBy", NOT_ASKED),
];

#[tokio::test]
async fn a_vm_read_and_listed() {
    let azure = Azure::start().await;
    azure.machine().await;
    let vm = azure.get("Microsoft.Compute/virtualMachines/vm").await;
    assert!(!vm.to_string().contains("c2VjcmV0"), "customData is never answered");
    like("vm-get.2024-07-01.json", 200, &vm, VM);
    let list = azure.get("Microsoft.Compute/virtualMachines").await;
    let places: Vec<String> = LISTED.split_whitespace().map(|place| format!("/value/*/{place}")).collect();
    let mut excuses: Vec<Excuse> =
        places.iter().map(|place| (place.as_str(), "this VM was not asked to have every field there is")).collect();
    excuses.push(("/nextLink", "one page holds them all"));
    like("vm-list-rg.2024-07-01.json", 200, &list, &excuses);
    let view = azure.get("Microsoft.Compute/virtualMachines/vm/instanceView").await;
    like("vm-get-instanceview.2024-07-01.json", 200, &view, VIEW);
    let extension = azure.get("Microsoft.Compute/virtualMachines/vm/extensions/e").await;
    let fields = ["suppressFailures", "forceUpdateTag", "enableAutomaticUpgrade", "protectedSettings", "instanceView"];
    let places = fields.map(|field| format!("/properties/{field}"));
    let mut excuses: Vec<Excuse> = places.iter().map(|place| (place.as_str(), NOT_ASKED)).collect();
    excuses.push(("/tags/key9183", NOT_ASKED));
    like("vm-extension-get.2024-07-01.json", 200, &extension, &excuses);
    let set = azure.get("Microsoft.Compute/virtualMachineScaleSets/flex").await;
    like("vmss-get.2024-07-01.json", 200, &set, SET);
}

#[tokio::test]
async fn vms_put_as_the_samples_do() {
    let azure = Azure::start().await;
    for (name, vm) in [("vm-put-in-vmss.2024-07-01.json", "a")] {
        let Some(body) = azure.asked(name, "parameters") else { return };
        let answer = azure.put(&format!("Microsoft.Compute/virtualMachines/{vm}"), body).await;
        like(name, 201, &answer, &[("/properties/osProfile/windowsConfiguration", LINUX)]);
    }
}

#[tokio::test]
async fn actions_answer_as_the_samples_do() {
    let azure = Azure::start().await;
    azure.machine().await;
    let vm = azure.id("Microsoft.Compute/virtualMachines/vm");
    let path = format!("{vm}/retrieveBootDiagnosticsData?sasUriExpirationTimeInMinutes=60");
    let (status, _, answer) = azure.call("POST", &path, None).await;
    assert_eq!(status, 200, "{answer}");
    like("vm-post-retrieve-boot-diagnostics.2024-07-01.json", 200, &answer, &[]);
    // Of these the samples have a status and a header.
    for action in ["restart", "deallocate", "start"] {
        let (status, headers, answer) = azure.call("POST", &format!("{vm}/{action}"), None).await;
        assert_eq!((status, headers.contains_key("location")), (202, true), "{answer}");
        azure.finish(&headers).await;
    }
    let Some(body) = azure.asked("vm-extension-put.2024-07-01.json", "extensionParameters") else { return };
    let answer = azure.put("Microsoft.Compute/virtualMachines/vm/extensions/f", body).await;
    like(
        "vm-extension-put.2024-07-01.json",
        201,
        &answer,
        &[("/properties/protectedSettings", HIDDEN), ("/properties/instanceView", NOT_ASKED)],
    );
}
