using EdgeFlora.Coordinator.Output;

namespace EdgeFlora.Coordinator.Tests.Given;

/// <summary>The run of three agents that nothing happens to, for comparison.</summary>
internal static class UndisturbedRun
{
    public static readonly string[] Agents = ["a", "b", "c"];

    /// <summary>How it ends.</summary>
    public static readonly Lazy<Task<RunOutcome>> Outcome = new(async () =>
    {
        using var folder = new TemporaryFolder();
        await using Federation federation = await Federation.StartAsync(folder, Settings.For(folder));
        await federation.AddAsync(Agents);
        return await federation.RunAsync();
    });
}
