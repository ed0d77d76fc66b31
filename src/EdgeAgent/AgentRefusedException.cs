using EdgeFlora.Contracts.Presence;

namespace EdgeFlora.EdgeAgent;

/// <summary>The coordinator, or its broker, will not have this agent. The message says why and what would help.</summary>
public sealed class AgentRefusedException : Exception
{
    public AgentRefusedException()
    {
    }

    public AgentRefusedException(string message)
        : base(message)
    {
    }

    public AgentRefusedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal AgentRefusedException(string agent, AgentRefused refusal)
        : base($"Agent '{agent}' is refused ({refusal.Code}): {refusal.Human} {refusal.Fix}") => Code = refusal.Code;

    /// <param name="code">Why.</param>
    internal AgentRefusedException(RefusalCode code, string message, Exception? innerException = null)
        : base(message, innerException) => Code = code;

    public RefusalCode Code { get; }
}
