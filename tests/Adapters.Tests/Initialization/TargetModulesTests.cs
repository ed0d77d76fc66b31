using EdgeFlora.Adapters.Initialization;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Adapters.Tests.Files;

namespace EdgeFlora.Adapters.Tests.Initialization;

public sealed class TargetModulesTests
{
    [Fact]
    public void Linear_layers_are_found_with_their_sizes_in_ordinal_order()
    {
        IReadOnlyList<ModuleShape> found = Find(["value", "query"]);

        Assert.Equal([new("bert.encoder.layer.0.query", 4, 3), new("bert.encoder.layer.0.value", 2, 3)], found);
    }

    [Fact]
    public void A_Conv1D_has_the_sizes_of_the_linear_layer_that_it_is() => Assert.Equal([new("h.0.c_attn", 6, 2)], Find(["c_attn"]));

    [Fact]
    public void A_head_of_the_same_name_is_left_out_by_its_prefix()
    {
        Assert.Equal([new("bert.encoder.dense", 1, 2), new("cls.dense", 2, 2)], Find(["dense"]));
        Assert.Equal([new("bert.encoder.dense", 1, 2)], Find(["dense"], within: "bert.encoder"));
    }

    [Theory]
    [InlineData("qery", "'qery' is not in the base model; its linear layers are called c_attn, dense, query, value, word_embeddings.")]
    [InlineData("LayerNorm", "means 'bert.LayerNorm.weight', F32 [3], expected the weight of a linear layer")]
    [InlineData("word_embeddings", "expected the weight of a linear layer")]
    public void A_target_that_is_no_linear_layer_is_refused_by_name(string target, string problem) =>
        Assert.Contains(problem, Assert.Throws<AdapterFormatException>(() => Find([target])).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("query", new[] { "query" })]
    [InlineData("*.layer.?.*", new[] { "bert.encoder.layer.0.query", "bert.encoder.layer.0.value" })]
    [InlineData("h.*", new[] { "h.0.c_attn" })]
    // no norm, no embeddings
    [InlineData("all-linear", new[] { "bert.encoder.dense", "bert.encoder.layer.0.query", "bert.encoder.layer.0.value", "cls.dense", "h.0.c_attn" })]
    public void Patterns_become_the_full_names_of_the_layers_they_fit(string target, string[] expected) =>
        Assert.Equal(expected, With(set => TargetModules.Expand(set, [target])));

    [Fact]
    public void Patterns_stay_within_the_layers_and_name_no_module_twice() =>
        Assert.Equal(
            ["value", "bert.encoder.layer.0.query", "bert.encoder.dense", "bert.encoder.layer.0.value"],
            With(set => TargetModules.Expand(set, ["value", "*.query", "all-linear"], within: "bert.encoder")));

    [Fact]
    public void A_pattern_that_fits_nothing_is_refused_with_a_name_as_an_example() =>
        Assert.Contains(
            "'*.qery' of target modules fits no linear layer of the base model; whole names are such as bert.encoder.dense, and end in c_attn, "
            + "dense, query, value.",
            Assert.Throws<AdapterFormatException>(() => With(set => TargetModules.Expand(set, ["*.qery"]))).Message,
            StringComparison.Ordinal);

    private static IReadOnlyList<ModuleShape> Find(string[] targets, string? within = null) => With(set => TargetModules.Find(set, targets, within));

    private static T With<T>(Func<SafetensorsSet, T> read)
    {
        using var folder = new TemporaryFolder();
        (string Name, int[] Shape)[] tensors =
        [
            ("bert.encoder.layer.0.query.weight", [4, 3]), ("bert.encoder.layer.0.query.bias", [4]), ("bert.encoder.layer.0.value.weight", [2, 3]),
            ("bert.LayerNorm.weight", [3]), ("bert.word_embeddings.weight", [5, 3]), ("bert.encoder.dense.weight", [1, 2]),
            ("cls.dense.weight", [2, 2]),
            ("h.0.c_attn.weight", [2, 6]),
        ];
        SafetensorsWriter.Write(
            folder.File("model.safetensors"),
            [.. tensors.Select(t => new TensorData(t.Name, t.Shape, new float[t.Shape.Aggregate((x, y) => x * y)]))]);
        using SafetensorsSet set = SafetensorsSet.Open(folder.Path);
        return read(set);
    }
}
