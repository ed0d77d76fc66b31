using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Merging;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Tests.Portable;

namespace EdgeFlora.Learning.Tests.Models;

public sealed class MergedModelTests
{
    // Of probabilities up to 1. Merged weights are rounded once more than the sum of two products: some hundred roundings of 6e-8 on the way through
    // thirteen layers.
    private const double Tolerance = 1e-5;

    public static TheoryData<AdapterVariant> Variants => [.. Enum.GetValues<AdapterVariant>()];

    [Theory]
    [MemberData(nameof(Variants))]
    public void The_merged_model_says_what_the_adapted_one_says(AdapterVariant variant)
    {
        LoraAdapter adapter = TinyTask.Trained(variant);

        var merge = MergedModel.Of(TinyTask.Model, adapter);

        AssertClose(TinyTask.Predict(TinyTask.Model, adapter), TinyTask.Predict(merge.Merged, merge.Rest));
        Assert.NotEqual(TinyTask.Predict(TinyTask.Model, merge.Rest), TinyTask.Predict(merge.Merged, merge.Rest)); // the adapter does say something
        Assert.Empty(merge.Rest.Modules);
        Assert.NotEqual(TinyTask.Model.Sha256, merge.Merged.Sha256);
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Unmerging_gives_back_every_bit(AdapterVariant variant)
    {
        BaseModel model = TinyTask.Model;
        int[][] before = Bits(model);

        var merge = MergedModel.Of(model, TinyTask.Trained(variant));

        Assert.NotEqual(before, Bits(merge.Merged));
        Assert.Equal(before, Bits(merge.Unmerged));
        Assert.Equal(model.Sha256, merge.Unmerged.Sha256);
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void A_merged_folder_says_what_the_adapted_model_says(AdapterVariant variant)
    {
        using var folder = new TemporaryFolder();
        string model = Directory.CreateDirectory(Path.Combine(folder.Path, "model")).FullName, output = Path.Combine(folder.Path, "merged");
        TinyBert.Write(model);
        LoraAdapter adapter = TinyTask.Trained(variant);

        ModelMerge.Write(
            new ModelMergeRequest { ModelFolder = model, Adapter = adapter, TaskType = "SEQ_CLS", Labels = TinyTask.Labels, Output = output },
            TestContext.Current.CancellationToken);

        var head = new LoraAdapter(
            adapter.Settings with { Variant = AdapterVariant.Lora },
            [],
            adapter.Saved.Where(saved => saved.Key.StartsWith("classifier.", StringComparison.Ordinal)));
        AssertClose(TinyTask.Predict(TinyTask.Model, adapter), TinyTask.Predict(BaseModel.Load(output), head));
        Assert.Equal(Bits(MergedModel.Of(TinyTask.Model, adapter).Merged), Bits(BaseModel.Load(output)));
    }

    [Fact]
    public void An_adapter_of_another_model_is_refused()
    {
        LoraAdapter adapter = TinyTask.Adapter(AdapterVariant.Lora);
        var other = new LoraAdapter(
            adapter.Settings, [KeyValuePair.Create("bert.encoder.layer.7.attention.self.query", adapter.Modules.First().Value)], adapter.Saved);

        Assert.Contains(
            "layer.7.attention.self.query is no linear layer",
            Assert.Throws<ArgumentException>(() => MergedModel.Of(TinyTask.Model, other)).Message,
            StringComparison.Ordinal);
    }

    private static void AssertClose(float[][] expected, float[][] actual) =>
        Assert.All(expected.SelectMany(row => row).Zip(actual.SelectMany(row => row)), pair => Assert.Equal(pair.First, pair.Second, Tolerance));

    private static int[][] Bits(BaseModel model) =>
        [.. model.Network.Layout.Parameters.Select(parameter => model.Weight(parameter).ToArray().Select(BitConverter.SingleToInt32Bits).ToArray())];
}
