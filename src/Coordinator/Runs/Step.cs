using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Messages;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Protocol.Fleet;

namespace EdgeFlora.Coordinator.Runs;

/// <summary>What one input does: writes of one transaction, and what follows once they are stored.</summary>
internal sealed class Step(StoreTransaction store, RunFacts facts, LiveRun state, long now)
{
    private const int SequencesAtOnce = 1024;

    /// <summary>Run clock in milliseconds when the input arrived.</summary>
    public long Now => now;

    public StoreTransaction Store => store;

    /// <summary>Answers that need no outbox: who misses one asks again.</summary>
    public List<Outgoing> Answers { get; } = [];

    /// <summary>Done after the commit, in order.</summary>
    public List<Action> Afterwards { get; } = [];

    /// <summary>The stored events, for the log.</summary>
    public List<RunEvent> Happened { get; } = [];

    /// <summary>The run's new state and the reason for it; null: it has not changed.</summary>
    public (Contracts.Api.RunState State, string? Reason)? NewState { get; private set; }

    /// <summary>Stores the run's new state.</summary>
    public void State(Contracts.Api.RunState becomes, string? reason)
    {
        NewState = (becomes, reason);
        store.SetState(becomes.ToString(), reason);
    }

    /// <summary>Stores an event and has it published.</summary>
    public void Event(RunEventKind kind, int round = 0, string? agent = null, string? code = null, string? detail = null) =>
        Event(
            new RunEvent
            {
                RunId = facts.RunId,
                Sequence = 0,
                ElapsedMs = now,
                Kind = kind,
                Round = round,
                AgentId = agent,
                Code = code,
                Detail = detail,
            });

    /// <summary>Events that are shown and not stored.</summary>
    public List<RunEvent> Noticed { get; } = [];

    /// <summary>Stores an event and has it published; its run, number and time are set here.</summary>
    public void Event(RunEvent happened)
    {
        RunEvent numbered = Numbered(happened);
        Happened.Add(numbered);
        store.AddEvent(numbered);
        state.SequenceReserved = Math.Max(state.SequenceReserved, numbered.Sequence);
    }

    /// <summary>Publishes an event that is not worth storing; its number is never used again.</summary>
    public void Notice(RunEvent happened)
    {
        RunEvent numbered = Numbered(happened);
        if (state.Sequence > state.SequenceReserved)
        {
            state.SequenceReserved = state.Sequence + SequencesAtOnce;
            store.ReserveSequence(state.SequenceReserved);
        }

        Noticed.Add(numbered);
        Answers.Add(Outgoing.Publish(numbered));
    }

    /// <summary>Sends a message that must arrive: it is stored with the effect and sent until it is out.</summary>
    public void Send<T>(string agent, T message, int round = 0)
        where T : class => store.Enqueue(OutboxRow.Of(agent, message, round));

    /// <summary>Answers an agent at once, if it is known.</summary>
    public void Answer<T>(string agent, T message, MessageHeader header)
        where T : class
    {
        if (state.Agents.TryGetValue(agent, out KnownAgent? known))
        {
            Answers.Add(Outgoing.To(known.ReplyQueue, message, header));
        }
    }

    private RunEvent Numbered(RunEvent happened)
    {
        state.Sequence++;
        return happened with { RunId = facts.RunId, Sequence = state.Sequence, ElapsedMs = now };
    }
}
