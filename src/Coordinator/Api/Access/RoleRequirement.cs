using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Coordinator.Api.Access;

/// <summary>The role that an endpoint asks for; endpoints without one are for everybody.</summary>
internal sealed record RoleRequirement(OperatorRole Role);
