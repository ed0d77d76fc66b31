using System.Text.Json.Nodes;

namespace EdgeFlora.Containers.Tests.Compose;

/// <summary><c>compose.yaml</c> as an operator uses it: up, a run, a coordinator that is killed in its middle, down.</summary>
public sealed class ComposeTests
{
    /// <summary>Rounds of some seconds, in which every agent is waited for however long it is away.</summary>
    private static readonly string[] Patient =
    [
        "--set", "training.steps=60", "--set", "agents.quorum=1", "--set", "deadlines.lease=15m", "--set", "deadlines.offer=15m",
        "--set", "deadlines.soft=30m", "--set", "deadlines.hard=60m", "--set", "deadlines.stragglers=15m",
    ];

    [Fact]
    public async Task A_run_goes_on_with_the_other_coordinator_when_the_leading_one_is_killed()
    {
        await using ComposeProject project = await ComposeProject.UpAsync();
        string leader = await project.LeaderAsync();
        JsonNode submitted = JsonNode.Parse(await project.OperateAsync(
            ["runs", "submit", project.In("infra/compose/run.yaml"), "--labels", project.In("data/labels.txt"), "--json", .. Patient]))!;
        string run = (string)submitted["summary"]!["id"]!;
        // A planned round still waits for agents, and would wait for the one that is held below.
        await project.UntilAsync(run, "its agents are at work", detail => Is(detail["summary"]!["state"], "Running") && detail["rounds"]!.AsArray()
            .Any(round => !Is(round!["status"], "Planned")));

        // While one of three is held, no round ends.
        await project.ComposeAsync("pause", "agent-3");
        await project.ComposeAsync("kill", leader);
        string successor = await project.LeaderAsync();
        JsonNode taken = await project.RunAsync(run);
        await project.ComposeAsync("unpause", "agent-3");
        await project.OperateAsync("runs", "watch", run);

        Assert.NotEqual(leader, successor);
        Assert.Equal("Running", (string?)taken["summary"]!["state"], ignoreCase: true);
        JsonNode over = await project.RunAsync(run);
        JsonNode summary = over["summary"]!;
        Assert.Equal("Completed", (string?)summary["state"], ignoreCase: true);
        Assert.Equal((3, 0), ((int)summary["roundsCommitted"]!, (int)summary["roundsSkipped"]!));
        Assert.Equal(["agent-1", "agent-2", "agent-3"], over["participants"]!.AsArray().Select(agent => (string)agent!));
        string events = await project.OperateAsync("events", "--json");
        Assert.Contains("coordinatorRecovered", events, StringComparison.OrdinalIgnoreCase);

        // What it made can be taken out and proved, and its database is as it should be.
        await project.OperateAsync("runs", "export", run, "--out", project.In("output"));
        await project.OperateAsync("adapter", "verify", project.In("output/adapter"));
        string looked = await project.ComposeAsync(
            "exec", "-T", successor, "/opt/edgeflora/edgeflora", "doctor", "--coordinator", "/etc/edgeflora/coordinator.yaml");
        Assert.Contains($"ok: {successor}, process 1 leads", looked, StringComparison.Ordinal);

        // An engine takes what it held for ill until it has looked again.
        await LimitedWait.UntilAsync(async () => (await project.ComposeAsync("ps", "--format", "{{.Health}}", "agent-3")).Trim() == "healthy");

        // The one that was killed comes back, stands by, and is as healthy as all others.
        await project.ComposeAsync("up", "--no-build", "--detach", "--wait", "--wait-timeout", "420");
        Assert.Equal(successor, await project.LeaderAsync());
        await project.ComposeAsync("down", "--volumes", "--timeout", "20");
        Assert.Equal("", (await project.ComposeAsync("ps", "--all", "--quiet")).Trim());
    }

    private static bool Is(JsonNode? word, string expected) => string.Equals((string?)word, expected, StringComparison.OrdinalIgnoreCase);
}
