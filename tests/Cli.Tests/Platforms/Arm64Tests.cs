using System.Diagnostics;
using System.Text.Json;

namespace EdgeFlora.Cli.Tests.Platforms;

/// <summary>The program for linux-arm64, run by qemu, beside the one for this machine.</summary>
public sealed class Arm64Tests : IDisposable
{
    // Sums are taken in vectors of other widths; five steps carry on roundings of 6e-8 of losses near 1.
    private const double Tolerance = 1e-6;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(9);

    private readonly string folder = Directory.CreateTempSubdirectory("edgeflora-arm64-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Training_has_the_losses_of_x64_and_the_adapter_classifies()
    {
        Arm64Program.Require();
        string data = Path.Combine(folder, "data.jsonl");
        await File.WriteAllLinesAsync(data, Examples(), TestContext.Current.CancellationToken);

        (int code, _, string error) = await CommandRunner.RunAsync(Training(data, "x64"));
        Assert.True(code == 0, error);
        await OnArm64Async(Training(data, "arm64"));

        double[] expected = Losses("x64");
        Assert.Equal(5, expected.Length);
        Assert.All(expected.Zip(Losses("arm64")), pair => Assert.Equal(pair.First, pair.Second, tolerance: Tolerance));

        string[] question = ["classify", "--adapter", Path.Combine(folder, "arm64"), "opens a socket"];
        (code, string here, error) = await CommandRunner.RunAsync(question);
        Assert.True(code == 0, error);
        Assert.Equal(here, await OnArm64Async(question));
    }

    private static IEnumerable<string> Examples()
    {
        (string Text, string Label)[] examples =
        [
            ("opens a file", "files"), ("reads the folder", "files"), ("copies a directory", "files"), ("opens a socket", "network"),
            ("checks the host name", "network"), ("closes the connection", "network"), ("returns a date", "time"), ("waits for an interval", "time"),
        ];
        return examples.Select(example => JsonSerializer.Serialize(new { text = example.Text, label = example.Label }));
    }

    private string[] Training(string data, string name) =>
    [
        "train", "--data", data, "--held-out-fraction", "0", "--steps", "5", "--batch", "2", "--max-tokens", "12", "--threads", "1", "--seed", "3",
        "--engine", "portable", "--out", Path.Combine(folder, name), "--json", Path.Combine(folder, $"{name}.json"),
    ];

    private double[] Losses(string name)
    {
        using var report = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, $"{name}.json")));
        return [.. report.RootElement.GetProperty("losses").EnumerateArray().Select(loss => loss.GetDouble())];
    }

    private static async Task<string> OnArm64Async(IEnumerable<string> arguments)
    {
        ProcessStartInfo start = Arm64Program.Start(arguments);
        using Process process = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
            Task<string> error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            Assert.True(process.ExitCode == 0, $"exit code {process.ExitCode}: {await error}");
            return await output;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
