using System.Text.Json.Nodes;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Merging;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Adapters.Tests.Files;

namespace EdgeFlora.Adapters.Tests.Merging;

/// <summary>
/// Embeddings and output layers that an adapter brings, as PEFT means them: what is saved is a copy, and what was tied to the original stays the
/// original.
/// </summary>
public sealed class MergedVocabularyTests : IDisposable
{
    private const string Embeddings = "model.embed_tokens.weight";
    private const string Output = "lm_head.weight";

    private readonly TemporaryFolder root = new();

    private string Model => root.File("model");

    private string Merged => root.File("merged");

    public void Dispose() => root.Dispose();

    [Fact]
    public void Embeddings_trained_in_full_leave_the_output_layer_of_a_tied_model_as_it_was()
    {
        WriteModel(tied: true, words: 4);

        MergeSummary summary = Merge(Adapter(ties: false, (Embeddings, Filled(4, 2))));

        Assert.True(summary.OutputApart);
        using SafetensorsSet after = SafetensorsSet.Open(Merged);
        Assert.Equal(Filled(4, 2), after.ReadSingles(Embeddings));
        Assert.Equal(Filled(4, 1), after.ReadSingles(Output));
        Assert.False(Config()["tie_word_embeddings"]!.GetValue<bool>());
    }

    [Fact]
    public void With_ensure_weight_tying_the_output_layer_follows_and_is_not_written_twice()
    {
        // Some checkpoints write a tied layer twice.
        WriteModel(tied: true, words: 4, output: 4);

        MergeSummary summary = Merge(Adapter(ties: true, (Embeddings, Filled(4, 2))));

        Assert.False(summary.OutputApart);
        using SafetensorsSet after = SafetensorsSet.Open(Merged);
        Assert.Equal(Filled(4, 2), after.ReadSingles(Embeddings));
        Assert.DoesNotContain(Output, after.Tensors.Keys);
        Assert.True(Config()["tie_word_embeddings"]!.GetValue<bool>());
    }

    [Fact]
    public void A_vocabulary_that_was_resized_is_in_the_configuration_and_its_tokenizer_comes_along()
    {
        WriteModel(tied: false, words: 4, output: 4);
        string beside = Directory.CreateDirectory(root.File("adapter")).FullName;
        File.WriteAllText(Path.Combine(beside, "tokenizer.json"), "new");
        File.WriteAllText(Path.Combine(Model, "tokenizer.json"), "old");
        File.WriteAllText(Path.Combine(Model, "vocab.txt"), "old");

        MergeSummary summary = Merge(Adapter(ties: false, (Embeddings, Filled(6, 2)), (Output, Filled(6, 3))), beside);

        Assert.Equal((6, true), (summary.Vocabulary, summary.TokenizerOfAdapter));
        Assert.Equal(6, Config()["vocab_size"]!.GetValue<int>());
        Assert.Equal("new", File.ReadAllText(Path.Combine(Merged, "tokenizer.json")));
        Assert.False(File.Exists(Path.Combine(Merged, "vocab.txt")));
    }

    [Theory]
    [InlineData(false, 6, 0, "have 6 rows and the output layer 4")]
    [InlineData(false, 0, 6, "have 4 rows and the output layer 6")]
    [InlineData(true, 6, 0, "have 6 rows and the output layer 4")]
    public void Embeddings_and_output_layer_of_different_vocabularies_are_refused(bool tied, int embeddings, int output, string said)
    {
        WriteModel(tied, words: 4, output: 4);
        (string, float[])[] saved = [(embeddings > 0 ? Embeddings : Output, Filled(Math.Max(embeddings, output), 2))];

        Assert.Contains(said, Assert.Throws<AdapterFormatException>(() => Merge(Adapter(ties: false, saved))).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Merged));
    }

    [Fact]
    public void A_resized_vocabulary_of_a_tied_model_stays_tied_where_that_is_asked_for()
    {
        WriteModel(tied: true, words: 4);

        Merge(Adapter(ties: true, (Embeddings, Filled(6, 2)), (Output, Filled(6, 2))));

        using SafetensorsSet after = SafetensorsSet.Open(Merged);
        Assert.DoesNotContain(Output, after.Tensors.Keys);
        Assert.Equal(6, Config()["vocab_size"]!.GetValue<int>());
    }

    private MergeSummary Merge(LoraAdapter adapter, string? folder = null) => ModelMerge.Write(
        new ModelMergeRequest { ModelFolder = Model, Adapter = adapter, AdapterFolder = folder, TaskType = "CAUSAL_LM", Output = Merged },
        TestContext.Current.CancellationToken);

    private JsonObject Config() => JsonNode.Parse(File.ReadAllBytes(Path.Combine(Merged, "config.json")))!.AsObject();

    private static LoraAdapter Adapter(bool ties, params (string Name, float[] Values)[] saved) => new(
        SampleAdapter.Settings(rank: 2) with { TargetModules = ["q_proj"], ModulesToSave = ["embed_tokens", "lm_head"], EnsureWeightTying = ties },
        [KeyValuePair.Create("model.layers.0.self_attn.q_proj", new LoraFactors(new Matrix(2, 2), new Matrix(2, 2)))],
        saved.Select(tensor => KeyValuePair.Create(tensor.Name, new DenseTensor([tensor.Values.Length / 2, 2], tensor.Values))));

    private static float[] Filled(int words, float value) => [.. Enumerable.Repeat(value, 2 * words)];

    private void WriteModel(bool tied, int words, int output = 0)
    {
        Directory.CreateDirectory(Model);
        File.WriteAllText(Path.Combine(Model, "config.json"), $$"""{"model_type":"llama","vocab_size":{{words}},"tie_word_embeddings":{{(tied ? "true" : "false")}}}""");
        List<TensorData> tensors = [new(Embeddings, [words, 2], Filled(words, 1)), new(
            "model.layers.0.self_attn.q_proj.weight", [2, 2], new float[4])];
        SafetensorsWriter.Write(
            Path.Combine(Model, "model.safetensors"), output > 0 ? [.. tensors, new(Output, [output, 2], Filled(output, 5))] : tensors);
    }
}
