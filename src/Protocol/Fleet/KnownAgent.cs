using EdgeFlora.Contracts.Presence;
using EdgeFlora.Protocol.Rounds;

namespace EdgeFlora.Protocol.Fleet;

/// <summary>An agent that was welcomed to the run.</summary>
/// <param name="Boot">The process that counts as this agent.</param>
/// <param name="ReplyQueue">Where it listens: what its hello says, not a convention.</param>
internal sealed record KnownAgent(string Name, Guid Boot, string ReplyQueue, AgentRole Role)
{
    /// <summary>So many rounds an agent may take a task and give no result before it is counted on no longer.</summary>
    private const int MostMissed = 2;

    /// <summary>Whether it is there: said hello, has not left, is not silent.</summary>
    public bool Present { get; init; }

    /// <summary>Invalid results so far.</summary>
    public int Strikes { get; init; }

    /// <summary>Training examples that its hello stated: no result of it weighs more. 0: not known.</summary>
    public int Examples { get; init; }

    /// <summary>Rank of the tasks it is offered next; absent: the run's.</summary>
    public int? Rank { get; init; }

    /// <summary>Whether it may not take part any more.</summary>
    public bool Quarantined { get; init; }

    /// <summary>When it was last heard, run clock in milliseconds. Not stored: a coordinator that takes over gives everybody a fresh start.</summary>
    public long LastHeard { get; init; }

    /// <summary>Whether it has missed two heartbeats: it is offered nothing until it is heard. Not stored.</summary>
    public bool Silent { get; init; }

    /// <summary>Whether it ever took a task.</summary>
    public bool Took { get; init; }

    /// <summary>Whether its last offer went unanswered.</summary>
    public bool Unanswered { get; init; }

    /// <summary>Tasks that it took and gave no result of, one round after another.</summary>
    public int Missed { get; init; }

    public bool MayTrain => Present && !Silent && !Quarantined && Role == AgentRole.Trainer;

    /// <summary>Whether it is asked how well the adapter that the run publishes does with it: it took part, whether or not it is there now.</summary>
    public bool MeasuresAtEnd => Role == AgentRole.Trainer && Took && !Quarantined;

    public AgentStanding Standing =>
        Missed >= MostMissed ? AgentStanding.Benched : Unanswered ? AgentStanding.Unanswering : Took ? AgentStanding.Proven : AgentStanding.New;

    /// <summary>The agent after a round that is over, by what became of its task.</summary>
    /// <param name="closedEarly">Whether the round had all the results it wanted: then one that was not done yet is no slower than it should
    /// be.</param>
    public KnownAgent After(AgentTask task, bool closedEarly) => task switch
    {
        { State: TaskState.Done } => this with { Took = true, Unanswered = false, Missed = 0 },
        { Taken: true, State: TaskState.Late } when closedEarly => this with { Took = true, Unanswered = false },
        { Taken: true } => this with { Took = true, Unanswered = false, Missed = Missed + 1 },
        { State: TaskState.Lost } => this with { Unanswered = true },
        { State: TaskState.Declined } => this with { Unanswered = false },
        _ => this,
    };
}
