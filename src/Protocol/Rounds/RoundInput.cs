namespace EdgeFlora.Protocol.Rounds;

/// <summary>What happened to a round. Any of these may come twice, late or out of order; what no longer fits changes nothing.</summary>
internal abstract record RoundInput
{
    private RoundInput()
    {
    }

    /// <summary>Time has passed.</summary>
    public sealed record Tick : RoundInput;

    /// <summary>An agent said hello.</summary>
    /// <param name="HeldEpoch">Epoch under which its journal holds its task of this round; absent if it holds none.</param>
    /// <param name="NewProcess">Whether it is another process than the one the task was issued to.</param>
    public sealed record AgentAvailable(string Agent, int? HeldEpoch, bool NewProcess) : RoundInput
    {
        public AgentStanding Standing { get; init; }
    }

    /// <summary>An agent has missed two heartbeats. It may well come back.</summary>
    public sealed record AgentSilent(string Agent) : RoundInput;

    /// <summary>A silent agent was heard again; what it holds is not known.</summary>
    public sealed record AgentHeard(string Agent) : RoundInput;

    /// <summary>Agents of a shared fleet are held for this run from now on.</summary>
    public sealed record AgentsGranted(IReadOnlyList<string> Agents) : RoundInput;

    /// <summary>An agent's work for the round before is over.</summary>
    public sealed record AgentFree(string Agent) : RoundInput;

    /// <summary>An agent left, went silent or may not take part any more.</summary>
    public sealed record AgentGone(string Agent, string Code) : RoundInput;

    /// <summary>The task is in the agent's journal.</summary>
    public sealed record TaskTaken(string Agent, int Epoch) : RoundInput;

    /// <summary>The agent is at work.</summary>
    public sealed record TaskHeard(string Agent, int Epoch) : RoundInput;

    /// <summary>The agent will not.</summary>
    /// <param name="Again">Whether it is to be asked again at once, for something else.</param>
    public sealed record TaskRefused(string Agent, int Epoch, string Code, bool Again = false) : RoundInput;

    /// <summary>The agent could not.</summary>
    public sealed record TaskBroke(string Agent, int Epoch, bool Retryable, string Code) : RoundInput;

    /// <summary>Intake accepted the agent's result.</summary>
    public sealed record ResultCounted(string Agent) : RoundInput;

    /// <summary>Intake refused the agent's result for what it holds.</summary>
    public sealed record ResultRefused(string Agent, string Code) : RoundInput;

    /// <summary>The pure function over the manifest has begun.</summary>
    public sealed record AggregationBegun : RoundInput;

    /// <summary>The manifest has its model.</summary>
    public sealed record Aggregated : RoundInput;

    /// <summary>The manifest has no model.</summary>
    public sealed record AggregationFailed(string Reason) : RoundInput;
}
