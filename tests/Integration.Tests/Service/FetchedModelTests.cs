using System.Globalization;
using System.Text.RegularExpressions;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Testing.InProcess;

namespace EdgeFlora.Integration.Tests.Service;

/// <summary>A model that was added at the service comes to agents that lack it, over a real broker.</summary>
public sealed partial class FetchedModelTests(BrokerFixture broker)
{
    [Fact]
    public async Task An_agent_fetches_it_through_its_own_death_and_its_neighbour_finds_it_in_their_cache()
    {
        await using var fleet = new ServedFleet(broker.Url("service"));
        await fleet.ServeAsync();
        ModelSummary model = await AddAsync(fleet);
        string slow = fleet.Write("slow.yaml", "models: {cache: {folder: cache}}\nlimits: {down: 400 kB}\n");
        string fast = fleet.Write("fast.yaml", "models: {cache: {folder: cache}}\n");
        EdgeFloraProcess killed = fleet.StartAgent("a", "--config", slow);
        string first = await SubmitAsync(fleet, "first", agents: 1);

        await killed.LineAsync("agent a: fetching for round 1: other (");
        await Stored(fleet, model);
        await killed.KillAsync();
        EdgeFloraProcess again = fleet.StartAgent("a", "--config", fast);

        Assert.Equal(ExitCode.Done, (await ServedFleet.WatchAsync(first)).Code);
        long had = long.Parse(Fetching().Matches(Log(fleet, "a"))[^1].Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.InRange(had, 1, model.ArchiveBytes!.Value - 1);

        EdgeFloraProcess neighbour = fleet.StartAgent("b", "--config", fast);
        string second = await SubmitAsync(fleet, "second", agents: 2);
        Assert.Equal(ExitCode.Done, (await ServedFleet.WatchAsync(second)).Code);
        Assert.Equal(2, (await ServedFleet.ShowAsync(second)).Rounds[0].Figures!.Accepted.Count);
        Assert.DoesNotContain(neighbour.Lines, line => line.Contains("fetching", StringComparison.Ordinal));
        Assert.Empty(Fetching().Matches(Log(fleet, "b")));
        Assert.Contains($"fetched       other (", await ServedFleet.OkAsync("agents", "show", "b"), StringComparison.Ordinal);
        Assert.Equal("removed other\n", await ServedFleet.OkAsync("models", "rm", "other"));
        await again.StopAsync();
        await neighbour.StopAsync();
    }

    [Fact]
    public async Task A_run_that_a_process_leads_alone_hands_its_model_out_too()
    {
        await FleetQueue.EmptyAsync(broker.Url("spec"), TestContext.Current.CancellationToken);
        await using var fleet = new ServedFleet(broker.Url("spec"));
        string model = await WriteAsync(fleet);
        string spec = fleet.Write(
            "one.yaml", ServedFleet.Spec + $"\nmodel: '{model}'\nagents: {{min: 1}}\ndeadlines: {{soft: 10m, hard: 20m}}\n");
        await using EdgeFloraProcess run = EdgeFloraProcess.Start(
            broker.Url("spec"), "run", spec, "--state", fleet.In("one"), "--out", fleet.In("one-out"));
        EdgeFloraProcess agent = fleet.StartAgent("c");

        await agent.LineAsync("agent c: fetching for round 1: other (");
        Assert.Equal(ExitCode.Done, await run.EndAsync());
    }

    private static async Task<ModelSummary> AddAsync(ServedFleet fleet)
    {
        await ServedFleet.OkAsync("models", "add", await WriteAsync(fleet));
        string listed = await ServedFleet.OkAsync("models", "ls", "--json");
        return System.Text.Json.JsonSerializer.Deserialize<ModelSummary[]>(listed, ApiJson.Options)!.Single(model => model.Name == "other");
    }

    /// <summary>The model that comes with EdgeFlora with one weight changed: agents hold another.</summary>
    private static async Task<string> WriteAsync(ServedFleet fleet)
    {
        string folder = Directory.CreateDirectory(fleet.In("other")).FullName;
        foreach (string file in Directory.GetFiles(ModelOption.EmbeddedFolder))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        string weights = Path.Combine(folder, "model.safetensors");
        byte[] bytes = await File.ReadAllBytesAsync(weights, TestContext.Current.CancellationToken);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(weights, bytes, TestContext.Current.CancellationToken);
        return folder;
    }

    private static Task<string> SubmitAsync(ServedFleet fleet, string name, int agents) => fleet.SubmitAsync(
        name, "model=other", "rounds.count=1", FormattableString.Invariant($"agents.min={agents}"), "deadlines.soft=10m", "deadlines.hard=20m");

    /// <summary>Waits until something of the model is on the agent's disk.</summary>
    private static Task Stored(ServedFleet fleet, ModelSummary model)
    {
        string parts = Path.Combine(fleet.In("cache"), "fetching", model.Sha256!, "parts");
        return LimitedWait.UntilAsync(() => Directory.Exists(parts) && Directory.EnumerateFiles(parts, "*.map").Any());
    }

    private static string Log(ServedFleet fleet, string agent) => string.Concat(
        Directory.EnumerateFiles(fleet.In($"agent-{agent}"), "agent*.log").Order(StringComparer.Ordinal).Select(File.ReadAllText));

    [GeneratedRegex(@"Fetching the model .*?other.*? \(\d+ bytes, of which (\d+) are here\)")]
    private static partial Regex Fetching();
}
