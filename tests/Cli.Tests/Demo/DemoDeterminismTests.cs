using System.Text.Json.Nodes;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Tests.Demo;

public sealed class DemoDeterminismTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("edgeflora-demo-").FullName;

    [Fact]
    public async Task A_calm_demo_gives_the_same_figures_again_and_an_adapter_that_classifies()
    {
        string folder = Path.Combine(root, "run");
        JsonNode first = await RunAsync(folder);
        JsonNode second = await RunAsync(folder);

        Assert.Equal(WithoutSeconds(first).ToJsonString(), WithoutSeconds(second).ToJsonString());
        Assert.Equal(2, (int)first["rounds"]![0]!["accepted"]!);
        Assert.True((double)first["finalGlobalAccuracy"]! > (double)first["baseAccuracy"]!);
        (int code, string output, string error) = await CommandRunner.RunAsync(
            "classify", "--adapter", Path.Combine(folder, "adapter"), "--top", "16", "Encrypts the data with the key.");
        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.Contains("cryptography 0.", output, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    private async Task<JsonNode> RunAsync(string folder)
    {
        string json = Path.Combine(root, "result.json");
        (int code, _, string error) = await CommandRunner.RunAsync(
            "demo", "--calm", "--no-baselines", "--agents", "2", "--rounds", "1", "--out", folder, "--json", json);
        Assert.Equal((ExitCode.Done, ""), (code, error));
        return JsonNode.Parse(await File.ReadAllTextAsync(json, TestContext.Current.CancellationToken))!;
    }

    private static JsonNode WithoutSeconds(JsonNode result)
    {
        JsonObject copy = result.DeepClone().AsObject();
        copy.Remove("seconds");
        foreach (JsonNode? round in copy["rounds"]!.AsArray())
        {
            round!.AsObject().Remove("seconds");
        }

        return copy;
    }
}
