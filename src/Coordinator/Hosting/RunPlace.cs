using EdgeFlora.Adapters;
using EdgeFlora.Coordinator.Blobs;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Models;
using EdgeFlora.Coordinator.Provenance;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Coordinator.Telemetry;
using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>What the service gives the runs that it leads.</summary>
internal sealed record RunPlace
{
    public required MessageBus Bus { get; init; }

    public required IStoreDatabase Database { get; init; }

    /// <summary>Called before each message leaves; throws where this service leads no more.</summary>
    public Action Guard { get; init; } = static () => { };

    /// <summary>Bodies of runs.</summary>
    public required RunBodies Bodies { get; init; }

    /// <summary>The service's term on its store.</summary>
    public required long Term { get; init; }

    /// <summary>This process, for people.</summary>
    public required string Holder { get; init; }

    /// <summary>The adapter that a run begins from, where it is not a fresh one.</summary>
    public required Func<RunEntry, AdapterShape, LoraAdapter?> FirstAdapter { get; init; }

    /// <summary>Gives the key that signs adapters.</summary>
    public required Func<ProvenanceKey> Key { get; init; }

    public required SecretSource Secrets { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger Log { get; init; }

    /// <summary>How a run's store gets at the database.</summary>
    /// <param name="stop">Ends the waiting for its lock.</param>
    public StoreAccess Access(CancellationToken stop) => new()
    {
        Time = Time,
        OnLocked = waited => Log.StoreLocked(Database.Name, (int)waited.TotalSeconds),
        Stop = stop,
    };

    /// <summary>Archives of base models that agents can fetch; null: none is handed out.</summary>
    public ModelArchives? Archives { get; init; }

    /// <summary>Takes the figures of runs.</summary>
    public required ServiceMeter Meter { get; init; }

    /// <summary>Tells who may have sent a message.</summary>
    public required SenderCheck Senders { get; init; }

    /// <summary>Rehearses crashes; see <see cref="RunStore.Failpoint"/>.</summary>
    public Action<string> Failpoint { get; init; } = static _ => { };
}
