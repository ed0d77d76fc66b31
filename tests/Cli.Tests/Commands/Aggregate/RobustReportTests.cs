using System.Text.Json;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Tests.Commands.Aggregate;

/// <summary>What is asked for is merged, and what a rule against outliers does is said.</summary>
public sealed class RobustReportTests : IDisposable
{
    private readonly AdapterFolders given = new();

    public void Dispose() => given.Dispose();

    [Fact]
    public async Task Nothing_is_shortened_unless_that_is_asked_for()
    {
        string[] folders = WriteOutlier();
        string report = Path.Combine(given.Root, "report.json");

        (int code, string output, string error) = await given.RunAsync(["--strategy", "FedIT", "--gauge", "anchored", "--json", report, .. folders]);

        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.DoesNotContain("shortened", output, StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, Json(report).GetProperty("robust").ValueKind);
        LoraAdapter merged = PeftFolder.Read(Path.Combine(given.Root, "out"));
        double expected = folders.Average(folder => PeftFolder.Read(folder).Modules[AdapterFolders.Query].B[0, 0]);
        Assert.Equal(expected, merged.Modules[AdapterFolders.Query].B[0, 0], Math.Abs(expected) * 1e-5); // A few roundings to single precision.
    }

    [Fact]
    public async Task Clip_says_whom_it_shortened_from_what_to_what_and_of_what_the_errors_are()
    {
        string[] folders = WriteOutlier();
        string report = Path.Combine(given.Root, "report.json");

        (int code, string output, string error) = await given.RunAsync(
            ["--strategy", "FedIT", "--gauge", "anchored", "--robust", "clip", "--json", report, .. folders]);

        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.Contains(
            "--robust clip changed 1 of 4; the errors above are distances from the update after that, not from the weighted mean that was asked for",
            output,
            StringComparison.Ordinal);
        Assert.Contains($", at most 3 × the median ", output, StringComparison.Ordinal);
        Assert.Contains($"): {folders[3]}", output, StringComparison.Ordinal);
        JsonElement robust = Json(report).GetProperty("robust");
        Assert.Equal(("clip", "afterRule"), (robust.GetProperty("rule").GetString(), robust.GetProperty("errorsAreOf").GetString()));
        JsonElement outlier = robust.GetProperty("folders")[3];
        Assert.Equal(folders[3], outlier.GetProperty("folder").GetString());
        Assert.Equal(
            3 * robust.GetProperty("medianLength").GetDouble(),
            outlier.GetProperty("clip").GetDouble() * outlier.GetProperty("length").GetDouble(),
            tolerance: 1e-6);
    }

    [Fact]
    public async Task A_rule_that_weighs_anew_says_which_weight_became_which()
    {
        string report = Path.Combine(given.Root, "report.json");

        (int code, string output, string error) = await given.RunAsync(
            ["--strategy", "FedIT", "--robust", "multi-krum", "--hostile-share", "0.3", "--json", report, .. WriteOutlier()]);

        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.Contains("weight 25.0 % became 0.0 %: ", output, StringComparison.Ordinal);
        JsonElement outlier = Json(report).GetProperty("robust").GetProperty("folders")[3];
        Assert.Equal((0.25, 0.0), (outlier.GetProperty("asked").GetDouble(), outlier.GetProperty("used").GetDouble()));
    }

    [Theory]
    [InlineData("clip", 2, "changed nothing: of fewer than three adapters none can be called the odd one")]
    [InlineData("clip", 3, "changed nothing\n")]
    public async Task A_rule_that_does_nothing_says_so(string rule, int count, string said)
    {
        string[] folders = [.. Enumerable.Range(0, count).Select(i => given.Write($"f{i}", (ulong)i + 1))];

        (int code, string output, string error) = await given.RunAsync(["--robust", rule, .. folders]);

        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.Contains(said, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_setting_that_the_library_refuses_is_called_by_its_option()
    {
        await given.AssertRefusedAsync(
            [
                "--strategy", "FedSaLora", "--robust", "multi-krum", "--broadcast", given.Write("start", 9),
                given.Write("a", 1), given.Write("b", 2), given.Write("c", 3),
            ],
            "aggregate: --robust is multi-krum; it must be none with FedSaLora");
    }

    /// <summary>Three alike, and one a hundred times as long.</summary>
    private string[] WriteOutlier()
    {
        LoraAdapter far = AdapterFolders.Adapter(4);
        foreach (LoraFactors factors in far.Modules.Values)
        {
            foreach (ref float value in factors.B.Values)
            {
                value *= 100;
            }
        }

        return [given.Write("a", 1), given.Write("b", 2), given.Write("c", 3), given.Write("d", far)];
    }

    private static JsonElement Json(string file)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
        return document.RootElement.Clone();
    }
}
