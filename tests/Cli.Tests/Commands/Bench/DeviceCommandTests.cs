using System.Text.Json;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Tests.Commands.Bench;

public sealed class DeviceCommandTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("edgeflora-bench-").FullName;

    private string Json => Path.Combine(root, "device.json");

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task Speeds_memory_and_the_most_that_fits_are_shown_and_written()
    {
        (int code, string output, _) = await CommandRunner.RunAsync(
            "bench", "device", "--max-tokens", "8", "--seconds", "0", "--threads", "1", "--memory", "64MiB", "--json", Json);

        Assert.Equal(ExitCode.Done, code);
        JsonElement report = Read();
        JsonElement[] measured = [.. report.GetProperty("measured").EnumerateArray()];
        Assert.Equal(15, measured.Length);
        Assert.All(measured, shape => Assert.InRange(shape.GetProperty("tokensPerSecond").GetDouble(), 1, 1e9));
        Assert.All(measured, shape => Assert.InRange(shape.GetProperty("peakBytes").GetInt64(), 1, 1L << 34));
        Assert.Equal(64 << 20, report.GetProperty("memoryBytes").GetInt64());

        // The weights are the file's, in bfloat16; a larger rank never fits a larger batch.
        Assert.InRange(report.GetProperty("weightBytes").GetInt64(), 1 << 20, 8 << 20);
        int?[] batches = [.. report.GetProperty("fits").EnumerateArray().Where(fit => fit.GetProperty("asked").GetString() == "rank")
            .Select(fit => fit.GetProperty("batch").Deserialize<int?>())];
        Assert.Equal(5, batches.Length);
        Assert.Equal(batches.OrderByDescending(batch => batch ?? 0), batches);
        Assert.Contains("Within 64 MiB, as asked, base weights included:", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_less_memory_than_the_weights_take_nothing_fits()
    {
        (_, string output, _) = await CommandRunner.RunAsync(
            "bench", "device", "--max-tokens", "8", "--seconds", "0", "--memory", "1MiB", "--weights", "int8", "--json", Json);

        Assert.All(
            Read().GetProperty("fits").EnumerateArray(),
            fit => Assert.Equal(JsonValueKind.Null, fit.GetProperty(fit.GetProperty("asked").GetString() == "rank" ? "batch" : "rank").ValueKind));
        Assert.Contains("rank   4: nothing fits", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2 apples")]
    [InlineData("-1GiB")]
    [InlineData("1e30GiB")]
    public async Task An_amount_of_memory_that_is_none_is_refused_with_what_would_be_right(string size)
    {
        (int code, _, string error) = await CommandRunner.RunAsync("bench", "device", "--memory", size);

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains($"--memory is '{size}'; it must be an amount of memory such as 2GiB", error, StringComparison.Ordinal);
    }

    private JsonElement Read() => JsonDocument.Parse(File.ReadAllBytes(Json)).RootElement;
}
