//! Every type of problem: slug, status and title (`errors.md` §2; the last two are of §7).

macro_rules! problem_types {
    ($($(#[$doc:meta])* $name:ident = $status:literal $slug:literal $title:literal),+ $(,)?) => {
        /// A type of problem. Titles are read by programs; keep them to the letter.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ProblemType {
            $($(#[$doc])* $name),+
        }

        impl ProblemType {
            /// All types.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The last part of the `type` address.
            #[must_use]
            pub fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug),+ }
            }

            /// The fixed title.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title),+ }
            }

            /// The HTTP status.
            #[must_use]
            pub fn status(self) -> u16 {
                match self { $(Self::$name => $status),+ }
            }
        }
    };
}

problem_types! {
    /// General Backend API Error.
    GeneralError = 500 "general-error" "General Backend API Error.",
    /// Unknown URL path.
    GenericNotFound = 404 "generic-not-found" "Unknown URL path.",
    /// Bad request.
    GenericBadRequest = 400 "generic-bad-request" "Bad request.",
    /// Operation rejected by a hook plugin.
    RejectedByHook = 400 "rejected-by-hook" "Operation rejected by a hook plugin.",
    /// Invalid credentials for authentication.
    InvalidCredentials = 400 "invalid-credentials" "Invalid credentials for authentication.",
    /// Forbidden operation.
    GenericForbidden = 403 "generic-forbidden" "Forbidden operation.",
    /// Insufficient privilege.
    InsufficientPrivilege = 403 "insufficient-privilege" "Insufficient privilege.",
    /// HTTP Method Not Allowed.
    MethodNotAllowed = 405 "method-not-allowed" "HTTP Method Not Allowed.",
    /// Internal server error.
    InternalServerError = 500 "internal-server-error" "Internal server error.",
    /// Service misconfigured.
    ServerMisconfigured = 500 "server-misconfigured" "Service misconfigured.",
    /// Serivce unavailable.
    ServiceUnavailable = 503 "service-unavailable" "Serivce unavailable.",
    /// This API query is not implemented.
    NotImplemented = 503 "not-implemented" "This API query is not implemented.",
    /// Missing or invalid authorization parameters.
    InvalidAuthParams = 400 "invalid-auth-params" "Missing or invalid authorization parameters.",
    /// Credential/signature mismatch.
    AuthFailed = 401 "auth-failed" "Credential/signature mismatch.",
    /// Missing or invalid API parameters.
    InvalidApiParams = 400 "invalid-api-params" "Missing or invalid API parameters.",
    /// GraphQL-generated error.
    GraphqlError = 400 "graphql-error" "GraphQL-generated error.",
    /// No such instance.
    InstanceNotFound = 404 "instance-not-found" "No such instance.",
    /// No such environment image.
    ImageNotFound = 404 "image-not-found" "No such environment image.",
    /// No such domain.
    DomainNotFound = 404 "domain-not-found" "No such domain.",
    /// No such user group.
    GroupNotFound = 404 "group-not-found" "No such user group.",
    /// No such scaling group.
    ScalingGroupNotFound = 404 "scaling-group-not-found" "No such scaling group.",
    /// No such session.
    SessionNotFound = 404 "session-not-found" "No such session.",
    /// Too many sessions matched.
    TooManySessionsMatched = 404 "too-many-sessions-matched" "Too many sessions matched.",
    /// No such task template.
    TaskTemplateNotFound = 404 "task-template-not-found" "No such task template.",
    /// There are two or more matching kernels.
    TooManyKernels = 404 "too-many-kernels" "There are two or more matching kernels.",
    /// No such app service provided by the session.
    AppNotFound = 404 "app-not-found" "No such app service provided by the session.",
    /// The session already exists but you requested not to reuse existing one.
    SessionAlreadyExists = 400 "session-already-exists" "The session already exists but you requested not to reuse existing one.",
    /// Virtual folder creation has failed.
    VfolderCreationFailed = 400 "vfolder-creation-failed" "Virtual folder creation has failed.",
    /// No such virtual folder.
    VfolderNotFound = 404 "vfolder-not-found" "No such virtual folder.",
    /// The virtual folder already exists with the same name.
    VfolderAlreadyExists = 400 "vfolder-already-exists" "The virtual folder already exists with the same name.",
    /// Virtual folder operation has failed.
    VfolderOperationFailed = 400 "vfolder-operation-failed" "Virtual folder operation has failed.",
    /// Dotfile creation has failed.
    DotfileCreationFailed = 400 "generic-bad-request" "Dotfile creation has failed.",
    /// Dotfile already exists.
    DotfileAlreadyExists = 400 "generic-bad-request" "Dotfile already exists.",
    /// Requested Dotfile not found.
    DotfileNotFound = 404 "generic-not-found" "Requested Dotfile not found.",
    /// You have reached your resource limit.
    QuotaExceeded = 412 "quota-exceeded" "You have reached your resource limit.",
    /// You have reached your API query rate limit.
    RateLimitExceeded = 429 "rate-limit-exceeded" "You have reached your API query rate limit.",
    /// There is no available instance.
    InstanceNotAvailable = 503 "instance-not-available" "There is no available instance.",
    /// The server is frozen due to maintenance. Please try again later.
    ServerFrozen = 503 "server-frozen" "The server is frozen due to maintenance. Please try again later.",
    /// The storage proxy returned an error; the status is the one of a bad gateway.
    StorageProxyError = 502 "storage-proxy-error" "The storage proxy returned an error.",
    /// Kernel creation has failed.
    KernelCreationFailed = 500 "kernel-creation-failed" "Kernel creation has failed.",
    /// Kernel destruction has failed.
    KernelDestructionFailed = 500 "kernel-destruction-failed" "Kernel destruction has failed.",
    /// Kernel restart has failed.
    KernelRestartFailed = 500 "kernel-restart-failed" "Kernel restart has failed.",
    /// Executing user code in the kernel has failed.
    KernelExecutionFailed = 500 "kernel-execution-failed" "Executing user code in the kernel has failed.",
    /// Too many failed login attempts.
    TooManyRequests = 429 "too-many-requests" "Too many failed login attempts",
    /// The proxy target server is inaccessible.
    BadGateway = 502 "bad-gateway" "The proxy target server is inaccessible.",
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `errors.md` §2, written down once more.
    const EXPECTED: &str = "\
500 general-error: General Backend API Error.
404 generic-not-found: Unknown URL path.
400 generic-bad-request: Bad request.
400 rejected-by-hook: Operation rejected by a hook plugin.
400 invalid-credentials: Invalid credentials for authentication.
403 generic-forbidden: Forbidden operation.
403 insufficient-privilege: Insufficient privilege.
405 method-not-allowed: HTTP Method Not Allowed.
500 internal-server-error: Internal server error.
500 server-misconfigured: Service misconfigured.
503 service-unavailable: Serivce unavailable.
503 not-implemented: This API query is not implemented.
400 invalid-auth-params: Missing or invalid authorization parameters.
401 auth-failed: Credential/signature mismatch.
400 invalid-api-params: Missing or invalid API parameters.
400 graphql-error: GraphQL-generated error.
404 instance-not-found: No such instance.
404 image-not-found: No such environment image.
404 domain-not-found: No such domain.
404 group-not-found: No such user group.
404 scaling-group-not-found: No such scaling group.
404 session-not-found: No such session.
404 too-many-sessions-matched: Too many sessions matched.
404 task-template-not-found: No such task template.
404 too-many-kernels: There are two or more matching kernels.
404 app-not-found: No such app service provided by the session.
400 session-already-exists: The session already exists but you requested not to reuse existing one.
400 vfolder-creation-failed: Virtual folder creation has failed.
404 vfolder-not-found: No such virtual folder.
400 vfolder-already-exists: The virtual folder already exists with the same name.
400 vfolder-operation-failed: Virtual folder operation has failed.
400 generic-bad-request: Dotfile creation has failed.
400 generic-bad-request: Dotfile already exists.
404 generic-not-found: Requested Dotfile not found.
412 quota-exceeded: You have reached your resource limit.
429 rate-limit-exceeded: You have reached your API query rate limit.
503 instance-not-available: There is no available instance.
503 server-frozen: The server is frozen due to maintenance. Please try again later.
502 storage-proxy-error: The storage proxy returned an error.
500 kernel-creation-failed: Kernel creation has failed.
500 kernel-destruction-failed: Kernel destruction has failed.
500 kernel-restart-failed: Kernel restart has failed.
500 kernel-execution-failed: Executing user code in the kernel has failed.
429 too-many-requests: Too many failed login attempts
502 bad-gateway: The proxy target server is inaccessible.
";

    #[test]
    fn every_type_is_the_contracts() {
        let line = |kind: &ProblemType| format!("{} {}: {}\n", kind.status(), kind.slug(), kind.title());
        assert_eq!(ProblemType::ALL.iter().map(line).collect::<String>(), EXPECTED);
    }
}
