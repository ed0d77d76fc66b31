using System.Text.Json;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Learning.Adapting;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Tests.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Tests.Portable;

/// <summary>Scores and gradients of each family against values that the scripts in Reference computed with PyTorch in float64.</summary>
public sealed class FamilyReferenceTests
{
    // Single precision through two blocks: some hundred roundings of 6e-8 each, of scores up to 4.
    private const double ScoreTolerance = 2e-5;

    // Of a tensor's largest gradient. 1 − tanh² of a saturated unit keeps few digits, which is why this is more than for the scores.
    private const double GradientTolerance = 1e-4;

    private static readonly Example[] Examples =
    [
        new("red cat runs", null, 1),
        new("one", null, 3),
        new("green dog", "two sleeps", 0),
    ];

    private static readonly string[] RobertaAdapted =
        ["roberta.encoder.layer.0.attention.self.query", "roberta.encoder.layer.1.attention.output.dense", "roberta.encoder.layer.1.output.dense"];

    private static readonly string[] DistilBertAdapted =
        ["distilbert.transformer.layer.0.attention.v_lin", "distilbert.transformer.layer.0.ffn.lin2", "distilbert.transformer.layer.1.attention.k_lin"];

    private static readonly string[] UseLiteAdapted = ["encoder.layer.0.attention.qkv", "encoder.layer.0.residual", "encoder.layer.1.ffn.up", "pooler.dense"];

    [Fact]
    public void Roberta_is_that_of_PyTorch() => Compare("roberta", "roberta.json", RobertaAdapted);

    [Fact]
    public void Distilbert_is_that_of_PyTorch() => Compare("distilbert", "distilbert.json", DistilBertAdapted);

    [Fact]
    public void Use_lite_is_that_of_PyTorch() => Compare("use-lite", "use-lite.json", UseLiteAdapted);

    private static void Compare(string family, string file, string[] adapted)
    {
        using JsonDocument document = JsonDocument.Parse(typeof(FamilyReferenceTests).Assembly.GetManifestResourceStream(file)!);
        JsonElement expected = document.RootElement;
        BaseModel model = TinyFolder.Load(family);
        IClassificationHead head = model.Network.Head(4);
        var adaptedModel = new AdaptedModel(model, Adapter(model, head, adapted), head, FrozenFactors.None);
        var encoded = new EncodedExamples(model, Examples, 4, maxTokens: 12);
        var batch = new TokenBatch();
        foreach (int[] ids in encoded.Sequences)
        {
            batch.Add(ids, encoded.SecondSegments[batch.Sequences]);
        }

        var tape = new Tape(adaptedModel.Weights, adaptedModel.Trained.Length);
        tape.Start(training: true);
        Activation scores = head.Forward(tape, model.Network.Encode(tape, batch), batch);
        double loss = tape.CrossEntropy(scores, Examples.Select(example => example.Label).ToArray(), 1f / 3);
        tape.Backward();

        AssertClose("scores", expected.GetProperty("logits"), scores.Value, ScoreTolerance);
        Assert.Equal(expected.GetProperty("loss").GetDouble(), loss, ScoreTolerance);
        JsonElement gradients = expected.GetProperty("gradients");
        Assert.Equal(gradients.EnumerateObject().Select(tensor => tensor.Name), adaptedModel.Trained.Tensors.Select(tensor => tensor.Name).Order(StringComparer.Ordinal));
        foreach (TrainedTensor tensor in adaptedModel.Trained.Tensors)
        {
            JsonElement exact = gradients.GetProperty(tensor.Name);
            double largest = exact.EnumerateArray().Max(value => Math.Abs(value.GetDouble()));
            Assert.True(largest > 0, $"{tensor.Name} has no gradient.");
            AssertClose(tensor.Name, exact, tape.Gradient.Slice(tensor.Offset, tensor.Length), GradientTolerance * largest);
        }
    }

    private static void AssertClose(string what, JsonElement expected, ReadOnlySpan<float> actual, double tolerance)
    {
        Assert.Equal(expected.GetArrayLength(), actual.Length);
        for (int i = 0; i < actual.Length; i++)
        {
            double exact = expected[i].GetDouble();
            Assert.True(Math.Abs(exact - actual[i]) <= tolerance, $"{what}[{i}]: expected {exact:G9}, got {actual[i]:G9}, tolerance {tolerance:G3}.");
        }
    }

    private static LoraAdapter Adapter(BaseModel model, IClassificationHead head, string[] adapted)
    {
        Dictionary<string, LinearLayer> layers = model.Network.Layout.Linears.ToDictionary(layer => layer.Name, StringComparer.Ordinal);
        return new LoraAdapter(
            new LoraSettings { Rank = 2, Alpha = 4, TargetModules = adapted, ModulesToSave = head.Modules },
            adapted.Select(name => KeyValuePair.Create(name, new LoraFactors(
                new Matrix(2, layers[name].Inputs, TinyBert.Values($"{name}.lora_A", 2 * layers[name].Inputs)),
                new Matrix(layers[name].Outputs, 2, TinyBert.Values($"{name}.lora_B", 2 * layers[name].Outputs))))),
            head.Layout.Parameters.Select(p => KeyValuePair.Create(p.Name, new DenseTensor([.. p.Shape], TinyBert.Values(p.Name, p.Length)))));
    }
}
