namespace EdgeFlora.Coordinator.Api.Access;

/// <summary>The endpoint asks for an agent token, not for an operator's.</summary>
internal sealed record AgentTokenRequirement;
