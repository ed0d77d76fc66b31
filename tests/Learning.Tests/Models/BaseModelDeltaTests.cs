using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Deltas;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Tests.Models;

public sealed class BaseModelDeltaTests : IDisposable
{
    private const string Query = "bert.encoder.layer.0.attention.self.query";
    private const string Value = "bert.encoder.layer.1.attention.self.value";

    private static readonly string[] Labels = ["colour", "number", "animal", "verb"];
    private static readonly TrainingPlan Plan = new() { Steps = 3, BatchSize = 4, LearningRate = 0.01, MaxTokens = 12, Seed = 3 };
    private static readonly Example[] Examples = [.. TinyBert.Words.Select((word, i) => new Example(word, null, i / 4))];

    private readonly BaseModel model = TinyBert.Load();
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_product_folded_into_the_base_says_what_the_adapter_said()
    {
        LoraAdapter adapter = TinyAdapter.Create(Query, Value);
        BaseModel folded = With(BaseDelta.None.Plus(adapter.Modules, adapter.Settings.Scale));

        float[][] expected = Predict(model, adapter);
        float[][] actual = Predict(folded, WithoutB(adapter));

        // The same sums in another order of single-precision operations.
        Assert.All(
            expected.Zip(actual), rows => Assert.All(rows.First.Zip(rows.Second), pair => Assert.Equal(pair.First, pair.Second, tolerance: 1e-5)));
        Assert.NotEqual(Predict(model, WithoutB(adapter)), actual);
    }

    [Fact]
    public void Only_changed_weights_are_copied_and_the_model_itself_stays()
    {
        LoraAdapter adapter = TinyAdapter.Create(Query);
        Parameter changed = Weight(Query);
        float[] before = model.Weight(changed).ToArray();

        BaseModel folded = With(BaseDelta.None.Plus(adapter.Modules, 1));

        Assert.Equal(before, model.Weight(changed).ToArray());
        Assert.NotEqual(before, folded.Weight(changed).ToArray());
        Assert.All(
            model.Network.Layout.Parameters.Where(parameter => parameter != changed),
            parameter => Assert.True(model.Weight(parameter).Equals(folded.Weight(parameter))));
        Assert.Equal((model.Sha256, "sha", folder.File("delta")), (folded.Sha256, folded.DeltaSha256, folded.DeltaFile));
    }

    [Fact]
    public void A_checkpoint_on_another_base_is_refused()
    {
        LoraAdapter adapter = TinyAdapter.Create(Query);
        using var checkpoint = new MemoryStream();
        using IFineTuning plain = new PortableEngine().Start(model, adapter, Labels, Examples, Plan);
        plain.Save(checkpoint);
        checkpoint.Position = 0;
        using IFineTuning folded = new PortableEngine().Start(With(BaseDelta.None.Plus(adapter.Modules, 1)), adapter, Labels, Examples, Plan);

        Assert.Contains("another task", Assert.Throws<InvalidDataException>(() => folded.Restore(checkpoint)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_delta_of_the_model_is_refused_by_name()
    {
        LoraFactors factors = TinyAdapter.Create(Query).Modules[Query];
        var large = new Matrix(16, 16);
        large.Values.Fill(float.MaxValue);

        Assert.Contains("'no.layer.lora_A.weight'", Refusal("no.layer", new WeightDelta(factors)), StringComparison.Ordinal);
        Assert.Contains(
            "expected F32 [32×16]",
            Refusal("bert.encoder.layer.0.intermediate.dense", new WeightDelta(new Matrix(16, 16))),
            StringComparison.Ordinal);
        Assert.Contains(
            $"the change of {Query} gives weights that are not finite",
            Refusal(Query, new WeightDelta(large), twice: true),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_delta_on_top_of_a_first_is_refused()
    {
        BaseModel folded = With(BaseDelta.None.Plus(TinyAdapter.Create(Query).Modules, 1));

        Assert.Throws<InvalidOperationException>(() => folded.With(folder.File("delta"), "other"));
    }

    // A weight that is as large as the change already: their sum leaves single precision.
    private string Refusal(string module, WeightDelta delta, bool twice = false)
    {
        BaseModel target = model;
        if (twice)
        {
            using var own = new TemporaryFolder();
            TinyBert.Write(own.Path, change: tensors => tensors[$"{module}.weight"] = tensors[$"{module}.weight"] with { Values = Enumerable.Repeat(float.MaxValue, 256).ToArray() });
            target = BaseModel.Load(own.Path);
        }

        File.WriteAllBytes(folder.File("delta"), BaseDeltaFile.Write(new BaseDelta([KeyValuePair.Create(module, delta)])));
        return Assert.Throws<InvalidDataException>(() => target.With(folder.File("delta"), "sha")).Message;
    }

    private BaseModel With(BaseDelta delta)
    {
        File.WriteAllBytes(folder.File("delta"), BaseDeltaFile.Write(delta));
        return model.With(folder.File("delta"), "sha");
    }

    private Parameter Weight(string module) => model.Network.Layout.Linears.Single(layer => layer.Name == module).Weight;

    private static float[][] Predict(BaseModel model, LoraAdapter adapter)
    {
        using IFineTuning tuning = new PortableEngine().Start(model, adapter, Labels, [], Plan);
        return tuning.Predict(Examples, CancellationToken.None);
    }

    private static LoraAdapter WithoutB(LoraAdapter adapter)
    {
        LoraAdapter bare = adapter.Clone();
        foreach (LoraFactors factors in bare.Modules.Values)
        {
            factors.B.Values.Clear();
        }

        return bare;
    }
}
