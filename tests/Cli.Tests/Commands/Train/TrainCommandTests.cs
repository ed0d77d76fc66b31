using System.Text.Json;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Tests.Commands.Train;

public sealed class TrainCommandTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("edgeflora-train-").FullName;
    private readonly string data;

    public TrainCommandTests() => data = TrainData.Write(root);

    [Fact]
    public async Task It_writes_an_adapter_that_the_other_commands_take_and_says_how_it_went()
    {
        string adapter = Path.Combine(root, "adapter"), other = Path.Combine(root, "other"), json = Path.Combine(root, "result.json");

        (int code, string output, string error) = await CommandRunner.RunAsync(TrainData.Command(data, adapter, "--json", json));

        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.Contains("training 6/6  loss", output, StringComparison.Ordinal);
        Assert.Contains("24 examples to train on, 6 to measure on, 3 labels", output, StringComparison.Ordinal);
        Assert.Equal(["crypto", "net", "time"], PeftFolder.ReadLabels(adapter));
        using JsonDocument result = JsonDocument.Parse(await File.ReadAllBytesAsync(json, TestContext.Current.CancellationToken));
        JsonElement[] losses = [.. result.RootElement.GetProperty("losses").EnumerateArray()];
        Assert.Equal(6, losses.Length);
        Assert.Equal(Math.Log(3), losses[0].GetDouble(), tolerance: 1e-6); // The head starts at zero.
        Assert.True(result.RootElement.GetProperty("tokensPerSecond").GetDouble() > 0);
        Assert.True(result.RootElement.GetProperty("peakBytes").GetInt64() > 1 << 20);
        Assert.Equal(6, result.RootElement.GetProperty("metrics").GetProperty("examples").GetInt32());

        Assert.Equal(ExitCode.Done, (await CommandRunner.RunAsync("classify", "--adapter", adapter, "opens a socket")).Code);
        Assert.Equal(ExitCode.Done, (await CommandRunner.RunAsync(TrainData.Command(data, other, "--init", adapter))).Code);
        Assert.Equal((ExitCode.Done, ""), await Merged(adapter, other));
    }

    [Theory]
    [InlineData("rslora")]
    [InlineData("dora")]
    [InlineData("hira")]
    public async Task Every_variant_trains_and_is_taken_by_the_other_commands(string variant)
    {
        string adapter = Path.Combine(root, "adapter"), other = Path.Combine(root, "other");

        (int code, string output, string error) = await CommandRunner.RunAsync(
            TrainData.Command(data, adapter, "--variant", variant, "--rank", "4", "--targets", "query,output.dense"));

        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.Contains($"{variant} of rank 4", output, StringComparison.Ordinal);
        Assert.Equal(variant, PeftFolder.Read(adapter).Settings.Variant.ToString(), ignoreCase: true);
        Assert.Equal(ExitCode.Done, (await CommandRunner.RunAsync("eval", "--adapter", adapter, "--data", data)).Code);
        Assert.Equal(ExitCode.Done, (await CommandRunner.RunAsync(TrainData.Command(data, other, "--init", adapter))).Code);
        Assert.Equal((ExitCode.Done, ""), await Merged(adapter, other));
    }

    [Fact]
    public async Task Eval_finds_the_metrics_that_train_told()
    {
        string adapter = Path.Combine(root, "adapter"), told = Path.Combine(root, "told.json"), found = Path.Combine(root, "found.json");
        await CommandRunner.RunAsync(TrainData.Command(data, adapter, "--held-out", data, "--json", told));

        (int code, string output, _) = await CommandRunner.RunAsync(
            "eval", "--adapter", adapter, "--data", data, "--max-tokens", "12", "--json", found);

        Assert.Equal(ExitCode.Done, code);
        Assert.StartsWith("30 examples: loss", output, StringComparison.Ordinal);
        Assert.Equal(Metrics(told), Metrics(found));
    }

    [Theory]
    [InlineData("--threads", "3")]
    [InlineData("--checkpoint-every", "2")]
    public async Task Threads_and_checkpoints_change_no_bit(string option, string value)
    {
        string plain = Path.Combine(root, "plain"), other = Path.Combine(root, "other");
        string[] command = TrainData.Command(data, other);
        int at = Array.IndexOf(command, option);
        string[] changed = at < 0 ? [.. command, option, value] : [.. command[..(at + 1)], value, .. command[(at + 2)..]];

        await CommandRunner.RunAsync(TrainData.Command(data, plain));
        await CommandRunner.RunAsync(changed);

        Assert.Equal(Bytes(plain), Bytes(other));
        Assert.False(File.Exists(other + ".checkpoint"));
    }

    [Fact]
    public async Task Epochs_count_the_passes_over_the_training_examples()
    {
        string json = Path.Combine(root, "result.json");

        (int code, _, string error) = await CommandRunner.RunAsync(
            "train",
            "--data",
            data,
            "--out",
            Path.Combine(root, "a"),
            "--epochs",
            "2",
            "--batch",
            "4",
            "--accumulate",
            "2",
            "--max-tokens",
            "12",
            "--threads",
            "1",
            "--json",
            json);

        Assert.Equal((ExitCode.Done, ""), (code, error));
        using JsonDocument result = JsonDocument.Parse(await File.ReadAllBytesAsync(json, TestContext.Current.CancellationToken));
        Assert.Equal(6, result.RootElement.GetProperty("losses").GetArrayLength()); // 2 · 24 examples, 8 a step.
    }

    [Theory]
    [InlineData("", "--data is '/nowhere.jsonl', which does not exist", "--data", "/nowhere.jsonl")]
    [InlineData("data", "--variant is 'best'; it must be one of lora, rslora, dora, hira", "--variant", "best")]
    [InlineData(
        "data",
        "--targets is 'foo': The target module 'foo' is not in the base model under 'bert.encoder'; its linear layers are called dense, key, "
            + "query, value.",
        "--targets",
        "foo")]
    [InlineData("data", "--task is pairs; name the column of the second text with --pair-column", "--task", "pairs")]
    [InlineData("data", "--epochs is given beside --steps", "--steps", "3", "--epochs", "2")]
    [InlineData("data", "--rank is given beside --init, which brings its own", "--init", "/nowhere", "--rank", "4")]
    [InlineData("data", "--init is '/nowhere', which is no folder", "--init", "/nowhere")]
    [InlineData("data", "--nesterov needs a --sgd-momentum above 0", "--optimiser", "sgd", "--nesterov", "--momentum", "0")]
    [InlineData("data", "--sgd-momentum is given beside --optimiser adamw; it goes with --optimiser sgd", "--momentum", "0.5")]
    [InlineData("data", "--resume finds no checkpoint", "--resume")]
    [InlineData("data", "label \"net\" is none of the task's: b, a", "--labels", "b,a")]
    [InlineData("data", "--lr is '0'; it must be 1E-09 … 100", "--lr", "0")]
    [InlineData("data", "--json is '/nowhere/x.json'; it must be a file in a folder that exists", "--json", "/nowhere/x.json")]
    [InlineData("data", "lower the learning rate", "--lr", "100", "--optimiser", "sgd", "--clip", "0", "--warmup", "0", "--epochs", "50")]
    public async Task Bad_input_is_one_line_and_nothing_is_written(string with, string said, params string[] options)
    {
        string output = Path.Combine(root, "out");

        (int code, _, string error) = await CommandRunner.RunAsync(
            ["train", "--out", output, "--threads", "1", "--max-tokens", "12", .. with.Length > 0 ? new[] { "--data", data } : [], .. options]);

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains(said, Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Equal([data], Directory.EnumerateFileSystemEntries(root));
    }

    [Fact]
    public async Task A_folder_with_somebody_elses_file_is_refused_before_the_training()
    {
        string output = Directory.CreateDirectory(Path.Combine(root, "mine")).FullName;
        await File.WriteAllTextAsync(Path.Combine(output, "thesis.txt"), "x", TestContext.Current.CancellationToken);

        (int code, string lines, string error) = await CommandRunner.RunAsync(TrainData.Command(data, output));

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("holds 'thesis.txt', which is not ours to replace", error, StringComparison.Ordinal);
        Assert.Empty(lines);
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    private async Task<(int Code, string Error)> Merged(params string[] adapters)
    {
        (int code, _, string error) = await CommandRunner.RunAsync(["aggregate", "--out", Path.Combine(root, "merged"), .. adapters]);
        return (code, error);
    }

    private static byte[] Bytes(string adapter) => File.ReadAllBytes(Path.Combine(adapter, PeftFolder.TensorsName));

    private static string Metrics(string json)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(json));
        return document.RootElement.GetProperty("metrics").GetRawText();
    }
}
