using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Tests.Commands.Train;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Cli.Tests.Commands.Merge;

public sealed class MergeCommandTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("edgeflora-merge-").FullName;

    [Fact]
    public async Task A_trained_adapter_becomes_a_model_folder_of_its_own()
    {
        string adapter = Path.Combine(root, "adapter"), merged = Path.Combine(root, "merged");
        await CommandRunner.RunAsync(TrainData.Command(TrainData.Write(root), adapter));

        (int code, string output, string error) = await CommandRunner.RunAsync("merge", "--adapter", adapter, "--out", merged, "--dtype", "fp32");

        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.StartsWith("lora merged into 8 weights, 2 tensors taken from the adapter", output, StringComparison.Ordinal);
        using SafetensorsSet weights = SafetensorsSet.Open(merged);
        Assert.All(weights.Tensors.Values, tensor => Assert.Equal(TensorType.F32, tensor.Type));
        Assert.Equal(3, weights.Tensors["classifier.weight"].Shape[0]);
        Assert.NotNull(BaseModel.Load(merged));
    }

    [Fact]
    public async Task An_adapter_of_another_model_is_refused_with_the_names_of_both()
    {
        string adapter = Path.Combine(root, "adapter"), merged = Path.Combine(root, "merged"), model = Path.Combine(root, "llama");
        await CommandRunner.RunAsync(TrainData.Command(TrainData.Write(root), adapter));
        SmallLlama.Write(model);

        (int code, _, string error) = await CommandRunner.RunAsync("merge", "--model", model, "--adapter", adapter, "--out", merged);

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("there is no tensor 'bert.encoder.", error, StringComparison.Ordinal);
        Assert.EndsWith("the model here is 'llama'\n", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(merged));
    }

    [Theory]
    [InlineData("llama", "llama")]
    [InlineData("llama", "adapter")]
    [InlineData("link", "llama")]
    [InlineData("llama", "link")]
    public async Task What_is_merged_is_never_replaced(string model, string output)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links take rights there.");
        SmallLlama.Write(Path.Combine(root, "llama"));
        Directory.CreateDirectory(Path.Combine(root, "adapter"));
        Directory.CreateSymbolicLink(Path.Combine(root, "link"), Path.Combine(root, "llama"));
        string[] before = [.. Directory.GetFiles(root, "*", SearchOption.AllDirectories).Order()];

        (int code, _, string error) = await CommandRunner.RunAsync(
            "merge", "--model", Path.Combine(root, model), "--adapter", Path.Combine(root, "adapter"), "--out", Path.Combine(root, output));

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains($"--out is '{Path.Combine(root, output)}', which would replace {root}", error, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFiles(root, "*", SearchOption.AllDirectories).Order());
    }

    [Theory]
    [InlineData("--adapter is '/nowhere', which is no folder", "--adapter", "/nowhere")]
    [InlineData("there is no adapter_config.json", "--adapter", "/")]
    [InlineData("--dtype is 'int3'; it must be one of base, fp32, fp16, bf16", "--adapter", "/", "--dtype", "int3")]
    public async Task Bad_input_is_one_line_and_nothing_is_written(string said, params string[] options)
    {
        (int code, _, string error) = await CommandRunner.RunAsync(["merge", "--out", Path.Combine(root, "out"), .. options]);

        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains(said, Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(root));
    }

    public void Dispose() => Directory.Delete(root, recursive: true);
}
