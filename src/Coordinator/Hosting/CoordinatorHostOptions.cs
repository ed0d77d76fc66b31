using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Enrolment;
using EdgeFlora.Coordinator.Models;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store.Postgres;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>How the coordinator service is set up.</summary>
public sealed record CoordinatorHostOptions
{
    /// <summary>Folder of the service's state; made if missing. What is in it goes on.</summary>
    public required string StateFolder { get; init; }

    /// <summary>
    /// Whether the state folder was restored from a backup in a way that it can't be known by, such as a machine set back to an earlier day: private
    /// runs are held until an operator says how much they have spent since. Default false.
    /// </summary>
    public bool Restored { get; init; }

    /// <summary>
    /// The database that replicas share, together with <see cref="StateFolder"/>; null: a file in that folder, for this process alone.
    /// </summary>
    public PostgresOptions? Postgres { get; init; }

    /// <summary>Files that replicas have in common, where <see cref="Postgres"/> keeps them; null: in <see cref="StateFolder"/>.</summary>
    public PostgresFiles? SharedFiles { get; init; }

    /// <summary>Whether this process was a replica of the service before: a database that is away is waited for.</summary>
    public bool ComesBack { get; init; }

    /// <summary>Called once this service leads, before it takes up its runs.</summary>
    public Action Leading { get; init; } = static () => { };

    /// <summary>Told why this replica stands by, each time that changes; a sentence without its full stop.</summary>
    public Action<string> StandsBy { get; init; } = static _ => { };

    /// <summary>Told where this replica hands requests on to while it stands by, each time that another leads.</summary>
    public Action<Uri> HandsOn { get; init; } = static _ => { };

    /// <summary>
    /// Folder in which each run that is over gets one of its own, named by its id, with adapter and ledger; null: nothing is written.
    /// </summary>
    public string? OutputFolder { get; init; }

    /// <summary>Runs that work at the same time, 1 … 1000; those that wait for agents or are held don't count. Default 4.</summary>
    public int MaxActiveRuns { get; init; } = 4;

    /// <summary>Version that agents should have, such as <c>0.2.0</c>: others are told of, and work on; null: any.</summary>
    public string? AgentVersion { get; init; }

    /// <summary>Interval of agents' heartbeats, 50 ms … 10 minutes. Default 20 s.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Longest wait for the broker to let go of a service that was here before. Default 5 s.</summary>
    public TimeSpan AttachTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The folder of a base model that a spec names, null where it names none; throws <see cref="CoordinatorOptionsException"/> for one that is not
    /// known.
    /// </summary>
    public Func<string?, string> ModelFolder { get; init; } = static name =>
        name ?? throw new CoordinatorOptionsException("model is missing; name a folder with config.json and model.safetensors.");

    /// <summary>Archives of base models, for agents that lack one; null: none is handed out, and agents need copies.</summary>
    public ModelArchives? Archives { get; init; }

    /// <summary>Removes queues of runs that are over from the broker; null: they are left to it.</summary>
    public Func<IReadOnlyList<string>, CancellationToken, Task>? RemoveQueues { get; init; }

    /// <summary>
    /// Shown each event of the service's runs, one at a time, whatever the broker does meanwhile; null: nobody. One that is slow loses events.
    /// </summary>
    public Action<RunEvent>? Watch { get; init; }

    /// <summary>
    /// Writes the report of a run that is over, from what the service says of it and its events, into its output folder; null: none is written. It
    /// may be called again for the same run.
    /// </summary>
    public Action<RunDetail, IReadOnlyList<RunEvent>, string>? WriteReport { get; init; }

    /// <summary>How devices become agents. Default: anybody whom the broker lets in is one.</summary>
    public EnrolmentOptions Enrolment { get; init; } = new();
    /// <summary>Asks the broker how full queues are; null: there is nothing to ask, as on a bus in memory.</summary>
    public Func<IReadOnlyList<string>, CancellationToken, Task<IReadOnlyList<QueueDepth>>>? QueueDepths { get; init; }

    internal StoreOptions Store => new() { StateFolder = StateFolder };
}
