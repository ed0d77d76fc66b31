using System.Globalization;
using System.Text.Json.Nodes;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Tests.Demo;

/// <summary>No agent is worse off by a run than it was alone, however uneven the data: one that would be keeps its own adapter.</summary>
public sealed class WorstAgentTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("edgeflora-worst-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    /// <summary>Round 1 trains the first adapter, so that what an agent has then is what it reaches alone with as many steps.</summary>
    [Fact]
    public async Task At_alpha_0_1_every_agent_ends_with_an_adapter_as_good_on_its_held_out_texts_as_it_reached_alone()
    {
        (int code, _, string error) = await CommandRunner.RunAsync(
            "demo", "--calm", "--no-baselines", "--agents", "3", "--rounds", "1", "--alpha", "0.1", "--out", root);
        Assert.Equal((ExitCode.Done, ""), (code, error));
        JsonNode ledger = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(root, "ledger.json"), TestContext.Current.CancellationToken))!;
        Dictionary<string, double> own = ledger["rounds"]!.AsArray().SelectMany(round => round!["agents"]!.AsArray())
            .GroupBy(agent => (string)agent!["agentId"]!)
            .ToDictionary(agent => agent.Key, agent => agent.Max(result => (double)result!["metrics"]!["localAccuracy"]!));

        JsonNode measures = ledger["finalMeasures"]!;
        JsonNode[] agents = [.. measures["agents"]!.AsArray().Select(agent => agent!)];
        Assert.Equal(own.Keys.Order(), agents.Select(Name));
        Assert.All(agents, agent => Assert.True(
            Accuracy(agent) >= own[Name(agent)],
            string.Create(CultureInfo.InvariantCulture, $"{Name(agent)}: {Accuracy(agent)} at the end, {own[Name(agent)]} of its own")));
        string[] keeping = [.. agents.Where(Keeps).Select(Name)];
        Assert.Equal(keeping, measures["keepOwn"]!.AsArray().Select(agent => (string)agent!));
        Assert.NotEmpty(keeping);
        Assert.True(agents.Min(Accuracy) > (double)measures["accuracy"]!["worst"]!);
        Assert.All(keeping, agent => PeftFolder.Read(
            Assert.Single(Directory.GetDirectories(Path.Combine(root, "state", agent, "kept-adapters")))));
    }

    private static string Name(JsonNode agent) => (string)agent["agentId"]!;

    private static bool Keeps(JsonNode agent) => (bool)agent["keepsOwn"]!;

    private static double Accuracy(JsonNode agent) => (double)(Keeps(agent) ? agent["ownAccuracy"]! : agent["accuracy"]!);
}
