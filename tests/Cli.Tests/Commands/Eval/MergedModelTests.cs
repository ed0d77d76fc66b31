using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Tests.Commands.Train;

namespace EdgeFlora.Cli.Tests.Commands.Eval;

/// <summary>A model folder with the adapter in it is measured and used alone, and says what base and adapter said together.</summary>
public sealed class MergedModelTests : IDisposable
{
    private const string Embeddings = "model.embed_tokens.weight";

    private readonly string root = Directory.CreateTempSubdirectory("edgeflora-merged-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task A_merged_classifier_is_measured_and_used_without_an_adapter()
    {
        string data = TrainData.Write(root), adapter = In("adapter"), merged = In("merged");
        await CommandRunner.RunAsync(TrainData.Command(data, adapter));
        await CommandRunner.RunAsync("merge", "--adapter", adapter, "--out", merged, "--dtype", "fp32");

        (_, string together, _) = await CommandRunner.RunAsync("eval", "--adapter", adapter, "--data", data, "--threads", "1");
        (int measured, string alone, string error) = await CommandRunner.RunAsync("eval", "--model", merged, "--data", data, "--threads", "1");
        (int used, string said, _) = await CommandRunner.RunAsync("classify", "--model", merged, "parses a date and time");

        Assert.Equal((ExitCode.Done, ExitCode.Done, ""), (measured, used, error));
        Assert.Equal(together, alone);
        Assert.Matches("^(net|time|crypto) 0\\.", said);
    }

    [Theory]
    [InlineData("\"id2label\": {\"2\": \"net\", \"0\": \"crypto\", \"1\": \"time\"}", null)]
    [InlineData("\"id2label\": {\"0\": \"crypto\", \"2\": \"net\"}", "does not hold the names of its labels; give them with --labels")] // a gap
    [InlineData("\"id2label\": {\"0\": \"a\", \"1\": \"b\", \"2\": \"c\", \"3\": \"d\"}", "does not hold the names of its labels")] // more than rows
    [InlineData("\"architectures\": [\"BertForTokenClassification\"]", "architectures has \"BertForTokenClassification\", whose head labels parts")]
    [InlineData("\"problem_type\": \"multi_label_classification\"", "problem_type is \"multi_label_classification\"")]
    public async Task Names_of_classes_are_those_of_the_configuration_if_it_names_each_row(string setting, string? refusal)
    {
        string data = TrainData.Write(root), adapter = In("adapter"), merged = In("merged");
        await CommandRunner.RunAsync(TrainData.Command(data, adapter));
        await CommandRunner.RunAsync("merge", "--adapter", adapter, "--out", merged);
        string config = await File.ReadAllTextAsync(Path.Combine(merged, "config.json"), TestContext.Current.CancellationToken);
        string bare = config.Replace("id2label", "was", StringComparison.Ordinal);
        await File.WriteAllTextAsync(
            Path.Combine(merged, "config.json"), bare.TrimEnd().TrimEnd('}') + ", " + setting + "}", TestContext.Current.CancellationToken);

        (int code, _, string error) = await CommandRunner.RunAsync("eval", "--model", merged, "--data", data, "--threads", "1");

        Assert.Equal(refusal is null ? ExitCode.Done : ExitCode.BadInput, code);
        Assert.Contains(refusal ?? "", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Embeddings_trained_in_full_leave_a_tied_output_layer_alone_unless_it_is_tied_on_purpose()
    {
        string model = SmallLlama.Write(In("model")), data = SmallLlama.WriteData(root);
        string apart = WriteEmbeddings(model, "apart", ties: false), tied = WriteEmbeddings(model, "tied", ties: true);

        string[] losses =
        [
            await LossAsync(model, apart, data),
            await LossAsync(model, tied, data),
            await MergedLossAsync(model, apart, data),
            await MergedLossAsync(model, tied, data),
        ];

        Assert.Equal(losses[..2], losses[2..]);
        Assert.NotEqual(losses[0], losses[1]);
        Assert.NotEqual(await LossAsync(model, null, data), losses[0]);
    }

    private string In(string name) => Path.Combine(root, name);

    private static async Task<string> LossAsync(string model, string? adapter, string data)
    {
        (int code, string output, string error) = await CommandRunner.RunAsync(
            ["eval", "--task", "lm", "--model", model, "--data", data, "--threads", "1", .. adapter is null
                ? Array.Empty<string>()
                : ["--adapter", adapter]]);
        Assert.True(code == ExitCode.Done, error);
        return output;
    }

    private static async Task<string> MergedLossAsync(string model, string adapter, string data)
    {
        string merged = adapter + "-merged";
        (int code, _, string error) = await CommandRunner.RunAsync("merge", "--model", model, "--adapter", adapter, "--out", merged);
        Assert.True(code == ExitCode.Done, error);
        return await LossAsync(merged, null, data);
    }

    /// <summary>An adapter that does nothing but replace the word embeddings, by theirs with the signs turned.</summary>
    private string WriteEmbeddings(string model, string name, bool ties)
    {
        using SafetensorsSet weights = SafetensorsSet.Open(model);
        float[] turned = [.. weights.ReadSingles(Embeddings).Select(value => -value)];
        TensorInfo query = weights.Tensors["model.layers.0.self_attn.q_proj.weight"];
        var adapter = new LoraAdapter(
            new LoraSettings { Rank = 1, Alpha = 1, TargetModules = ["q_proj"], ModulesToSave = ["embed_tokens"], EnsureWeightTying = ties },
            [KeyValuePair.Create(
                "model.layers.0.self_attn.q_proj",
                new LoraFactors(new Adapters.Matrices.Matrix(1, query.Shape[1]), new Adapters.Matrices.Matrix(query.Shape[0], 1)))],
            [KeyValuePair.Create(Embeddings, new DenseTensor([.. weights.Tensors[Embeddings].Shape], turned))]);
        PeftFolder.Write(In(name), adapter, "model", "CAUSAL_LM");
        return In(name);
    }
}
