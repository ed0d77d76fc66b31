namespace EdgeFlora.Cli.Demo;

/// <summary>The demo's running parts: one coordinator, its agents and the evaluator, as tasks of this process or as processes.</summary>
internal interface IFleet : IAsyncDisposable
{
    /// <summary>Ends when the coordinator has carried the run to its end; fails if a part ends that should not.</summary>
    Task Completion { get; }

    /// <summary>Where the coordinator's API and dashboard are served, once they are; null: it has none.</summary>
    Task<Uri?> ApiAsync();

    void StartCoordinator();

    /// <summary>Ends the coordinator at once, as a power cut would.</summary>
    Task KillCoordinatorAsync();

    void StartAgent(string name);

    /// <summary>Ends an agent at once, as a power cut would.</summary>
    Task KillAgentAsync(string name);
}
