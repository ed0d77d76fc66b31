using EdgeFlora.EdgeAgent.Options;

namespace EdgeFlora.Testing;

/// <summary>What a federation shall be. Without a word: two agents in memory, two rounds, in which every result is waited for.</summary>
public sealed class FederationOptions
{
    private const int MostAgents = 100;

    private readonly List<Fault> faults = [];
    private readonly List<AgentSetup> named = [];
    private int count = 2;

    internal FederationOptions()
    {
    }

    internal Broker Over { get; private set; } = Brokers.InMemory;

    internal RunSetup Run { get; private set; } = new();

    internal TimeSpan Limit { get; private set; } = TimeSpan.FromMinutes(5);

    internal IReadOnlyList<Fault> Faults => faults;

    /// <summary>Agents <c>agent-1</c> … <c>agent-N</c>.</summary>
    /// <param name="number">0 … 100.</param>
    public FederationOptions Agents(int number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, MostAgents);
        count = number;
        return this;
    }

    /// <summary>One more agent or, with the name of one that there is, what is special about it.</summary>
    public FederationOptions Agent(string name, Action<AgentSetup>? setup = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!AgentOptions.IsName(name) || name == Federation.CoordinatorName)
        {
            throw new ArgumentException(
                $"The agent's name is '{name}'; it must be {AgentOptions.NameForm}, and not {Federation.CoordinatorName}.", nameof(name));
        }

        var agent = new AgentSetup(name);
        setup?.Invoke(agent);
        named.Add(agent);
        return this;
    }

    /// <summary>
    /// How many agents a round needs; by default as many as the federation has. With more the test brings agents of its own, which meet it at
    /// <see cref="Federation.BrokerUrl"/>.
    /// </summary>
    /// <param name="agents">1 … 10,000.</param>
    public FederationOptions Needs(int agents)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(agents, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(agents, 10_000);
        Run = Run with { Agents = agents };
        return this;
    }

    /// <summary>What it meets over: <see cref="Brokers"/>.</summary>
    public FederationOptions Broker(Broker broker)
    {
        ArgumentNullException.ThrowIfNull(broker);
        Over = broker;
        return this;
    }

    /// <summary>Rounds of the run; 1 … 1000. Default 2.</summary>
    public FederationOptions Rounds(int number)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(number, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, 1000);
        Run = Run with { Rounds = number };
        return this;
    }

    /// <summary>Optimiser steps of an agent in a round; 1 … 10,000. Default 10.</summary>
    public FederationOptions Steps(int number)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(number, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, 10_000);
        Run = Run with { Steps = number };
        return this;
    }

    /// <summary>Seed of the run: the same seed and data give the same adapter, bit by bit. Default 7.</summary>
    public FederationOptions Seed(ulong seed)
    {
        Run = Run with { Seed = seed };
        return this;
    }

    /// <summary>Base model and classes, for data of the test's own.</summary>
    /// <param name="folder">
    /// Folder in Hugging Face's layout; null: a small model of random weights or, in containers, the one that comes with EdgeFlora.
    /// </param>
    /// <param name="labels">Names of the classes; none: those of the made-up texts.</param>
    public FederationOptions Model(string? folder, params IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        Run = Run with { Model = folder, Labels = labels.Count > 0 ? labels : Run.Labels };
        return this;
    }

    /// <summary>
    /// A share of the agents carries a round, and others are waited for only a little longer. By default every result is waited for.
    /// </summary>
    /// <param name="share">Above 0, at most 1.</param>
    /// <param name="patience">How long the others are waited for; also how long an agent may be silent.</param>
    public FederationOptions Quorum(double share, TimeSpan patience)
    {
        if (!(share > 0 && share <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(share), share, "The share must be above 0 and at most 1.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(patience, TimeSpan.FromSeconds(1));
        Run = Run with { Quorum = share, StragglerGrace = patience, LeaseGrace = patience };
        return this;
    }

    /// <summary>A fault that strikes by itself; may be called more than once.</summary>
    public FederationOptions Fault(Fault fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        faults.Add(fault);
        return this;
    }

    /// <summary>Longest that anything is waited for. Default 5 minutes.</summary>
    public FederationOptions Within(TimeSpan limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(limit, TimeSpan.Zero);
        Limit = limit;
        return this;
    }

    /// <summary>All agents, with what faults make of them.</summary>
    /// <exception cref="ArgumentException">A fault is of nobody, or of a round that there is not.</exception>
    internal IReadOnlyList<AgentSetup> AllAgents()
    {
        var agents = Enumerable.Range(1, count).Select(number => new AgentSetup($"agent-{number}")).ToDictionary(agent => agent.Name);
        foreach (AgentSetup agent in named)
        {
            agents[agent.Name] = agent;
        }

        foreach (Fault fault in faults)
        {
            if (fault.Round < 1 || fault.Round > Run.Rounds)
            {
                throw new ArgumentException($"A fault is of round {fault.Round}; the run has rounds 1 … {Run.Rounds}.");
            }

            if (agents.TryGetValue(fault.Member, out AgentSetup? struck))
            {
                if (struck.SlowRound != 0 && struck.SlowRound != fault.Round)
                {
                    throw new ArgumentException(
                        $"{fault.Member} has faults in rounds {struck.SlowRound} and {fault.Round}; an agent has them in one round.");
                }

                struck.SlowRound = fault.Round;
                struck.SlowFactor = Math.Max(struck.SlowFactor, fault.SlowFactor);
            }
            else if (fault.Member != Federation.CoordinatorName || fault.Kind == FaultKind.Slow)
            {
                throw new ArgumentException(
                    $"A fault is of '{fault.Member}'; it must be of an agent ({string.Join(", ", agents.Keys)})"
                        + (fault.Kind == FaultKind.Slow ? ", for a coordinator does no steps." : $" or of {Federation.CoordinatorName}."));
            }
        }

        return agents.Count > 0 ? [.. agents.Values] : throw new ArgumentException("The federation has no agents; give it at least one.");
    }
}
