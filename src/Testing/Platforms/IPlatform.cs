using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Testing.Platforms;

/// <summary>Where a federation's members live.</summary>
internal interface IPlatform : IAsyncDisposable
{
    /// <summary>The bus that events are heard on.</summary>
    MessageBus Bus { get; }

    /// <summary>The broker as this process reaches it; null: there is none.</summary>
    string? BrokerUrl { get; }

    /// <summary>Folder of the base model; null: it is in images.</summary>
    string? ModelFolder { get; }

    IMember Coordinator { get; }

    /// <summary>Fails with the reason if a member ends that should not; never ends otherwise.</summary>
    Task Trouble { get; }

    /// <summary>Why a fault can't be made here, and where it can; null if it can.</summary>
    string? WhyNot(FaultKind kind);

    /// <summary>A further agent, not started yet.</summary>
    IMember Agent(AgentSetup setup);

    /// <summary>Waits for the run's end.</summary>
    /// <returns>A folder with adapter and ledger, gone with the platform.</returns>
    /// <exception cref="FederationFailedException">The run failed; the message says why.</exception>
    Task<string> OutputAsync(CancellationToken stop);
}
