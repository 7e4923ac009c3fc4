//! What an Azure error code means for the operator, and what to do about it.

use super::{
    aadsts,
    error::AzureErrorKind::{self, *},
};

/// (code, kind, remedy), codes without case.
const TABLE: &[(&str, AzureErrorKind, &str)] = &[
    ("QuotaExceeded", Capacity, QUOTA),
    (
        "SkuNotAvailable",
        Capacity,
        "choose another vmSize or location in team.json; `az vm list-skus -l LOCATION` shows what is open to this subscription",
    ),
    (
        "AllocationFailed",
        Capacity,
        "Azure has no room for this size here just now: try again later, or choose another vmSize",
    ),
    (
        "ZonalAllocationFailed",
        Capacity,
        "Azure has no room for this size here just now: try again later, or choose another vmSize",
    ),
    (
        "OverconstrainedAllocationRequest",
        Capacity,
        "Azure has no room for this size here just now: choose another vmSize or location",
    ),
    (
        "PublicIPCountLimitReached",
        Capacity,
        "ask for more public IP addresses in this region (portal: Quotas, Networking)",
    ),
    (
        "RequestDisallowedByPolicy",
        Refused,
        "a policy of your organisation forbids this: ask its owner for an exemption, or change what the policy names",
    ),
    (
        "ScopeLocked",
        Refused,
        "a resource lock is in the way: `az lock list -g GROUP` shows it; remove it if you mean to go on",
    ),
    ("ReadOnlyDisabledSubscription", Refused, "the subscription is disabled: see its billing in the portal"),
    (
        "AuthorizationFailed",
        Forbidden,
        "you need Owner (or Contributor and User Access Administrator) on the resource group; a role given just now can take some minutes",
    ),
    (
        "LinkedAuthorizationFailed",
        Forbidden,
        "you need rights on the linked resource as well; a role given just now can take some minutes",
    ),
    (
        "ForbiddenByRbac",
        Forbidden,
        "the vault needs Key Vault Secrets Officer for you; a role given just now can take up to ten minutes: run the command again",
    ),
    ("ForbiddenByConnection", Forbidden, "the vault is closed to public networks: run claw from inside its network"),
    (
        "ForbiddenByFirewall",
        Forbidden,
        "the vault's firewall does not know your address: add it (az keyvault network-rule add)",
    ),
    (
        "Authorization_RequestDenied",
        Forbidden,
        "reading users needs the directory permission User.Read.All: ask an administrator of the tenant",
    ),
    (
        "DeploymentActive",
        Conflict,
        "another operator is deploying the same thing: wait for it, then run the command again",
    ),
    (
        "AnotherOperationInProgress",
        Conflict,
        "another operation is at work on this resource: run the command again in a minute",
    ),
    (
        "RetryableErrorDueToAnotherOperation",
        Conflict,
        "another operation is at work on this resource: run the command again in a minute",
    ),
    (
        "ResourceGroupBeingDeleted",
        Conflict,
        "the resource group is being deleted: wait until it is gone, then run the command again",
    ),
    (
        "RoleAssignmentLimitExceeded",
        Capacity,
        "the subscription's role assignments are used up (4000; 2000 in the US Gov and China clouds): remove orphaned ones (az role assignment list --all)",
    ),
    (
        "MissingSubscriptionRegistration",
        Service,
        "register the resource provider the message names: az provider register -n NAMESPACE",
    ),
    ("NoRegisteredProviderFound", Service, "the resource provider does not offer this here: choose another location"),
    ("LocationNotAvailableForResourceType", Service, "choose another location in team.json"),
    (
        "InvalidResourceGroupLocation",
        Conflict,
        "the resource group stands in another location: use that one in team.json, or another group",
    ),
    (
        "InvalidResourceLocation",
        Conflict,
        "what stands can't be moved: use its location in team.json (fleet.location), or another group for a fleet elsewhere",
    ),
    (
        "PropertyChangeNotAllowed",
        Conflict,
        "Azure fixes this property when the resource is made: set it back to what it was, e.g. a machine's SSH key; the message names it",
    ),
    ("VaultAlreadyExists", Conflict, DELETED_VAULT),
    ("ConflictError", Conflict, DELETED_VAULT),
    (
        "DnsRecordInUse",
        Conflict,
        "the DNS label is taken: another command may be making the same person's machine under another name, or a deleted machine's label is not freed yet; run claw up again in a while",
    ),
    ("PrincipalNotFound", Service, "the directory does not know this identity yet: run the command again in a minute"),
    ("ObjectIsBeingDeleted", Conflict, "the secret is being deleted: run the command again in a minute"),
    (
        "ObjectIsDeletedButRecoverable",
        Conflict,
        "the secret lies in the vault's bin: az keyvault secret recover --vault-name VAULT -n NAME",
    ),
    (
        "VMExtensionProvisioningError",
        Service,
        "the machine stands but its Entra login extension failed: see its serial console (claw logs NAME)",
    ),
    ("OSProvisioningTimedOut", Service, "the machine did not come up in time: see its serial console (claw logs NAME)"),
    (
        "BootDiagnosticsNotEnabled",
        Service,
        "the machine has no boot diagnostics: az vm boot-diagnostics enable -g GROUP -n NAME",
    ),
    (
        "SubscriptionNotFound",
        NotFound,
        "the subscription is not visible to you: `az account list -o table` shows those that are",
    ),
    ("InvalidSubscriptionId", NotFound, "the subscription must be a GUID: `az account show --query id`"),
    (
        "InvalidAuthenticationTokenTenant",
        Credential,
        "the subscription belongs to another tenant: az login --tenant TENANT",
    ),
    ("ExpiredAuthenticationToken", Credential, "sign in again: az login"),
    ("InvalidAuthenticationToken", Credential, "sign in again: az login"),
];

const QUOTA: &str =
    "raise the quota for this VM family in this region (portal: Quotas), or use a smaller vmSize or another location";
const DELETED_VAULT: &str = "a deleted vault still holds this name: az keyvault recover -n NAME, or az keyvault purge -n NAME to be rid of its secrets for good";

/// The kind and the remedy for an answer. Unknown codes go by their status.
pub fn classify(status: Option<u16>, code: Option<&str>, message: &str) -> (AzureErrorKind, Option<String>) {
    let lower = message.to_ascii_lowercase();
    // Quota comes under the same code as an overlapping operation.
    if code.is_some_and(|c| c.eq_ignore_ascii_case("OperationNotAllowed")) && lower.contains("quota") {
        return (Capacity, Some(QUOTA.to_owned()));
    }
    let known = code.and_then(|code| TABLE.iter().find(|(known, ..)| known.eq_ignore_ascii_case(code)));
    if let Some((_, kind, remedy)) = known
        && status != Some(429)
    {
        return (*kind, Some((*remedy).to_owned()));
    }
    if let Some(remedy) = code.and_then(|code| aadsts::remedy(code, "az login")) {
        return (Credential, Some(remedy));
    }
    let (kind, remedy) = match status {
        Some(401) => (Credential, Some("sign in again: az login")),
        Some(403) => (Forbidden, None),
        Some(404) => (NotFound, None),
        Some(409 | 412) => (Conflict, None),
        Some(429) => (Throttled, Some("Azure asks for a pause: run the command again in a few minutes")),
        _ => (Service, None),
    };
    (kind, remedy.map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quota_and_overlap_share_a_code_but_not_a_kind() {
        let quota = classify(Some(409), Some("OperationNotAllowed"), "exceeding approved Total Regional Cores quota.");
        assert_eq!(quota.0, Capacity);
        assert!(quota.1.unwrap().contains("quota"));
        let overlap = classify(Some(409), Some("OperationNotAllowed"), "another operation is in progress.");
        assert_eq!(overlap.0, Conflict);
    }

    #[test]
    fn unknown_codes_go_by_status() {
        assert_eq!(classify(Some(403), Some("Brand.New"), "").0, Forbidden);
        assert_eq!(classify(None, Some("Brand.New"), "").0, Service);
    }
}
