using System.Text.Json;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Learning.Adapting;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Tests.Models;

namespace EdgeFlora.Learning.Tests.Portable;

/// <summary>Scores, loss and gradients of each decoder against values that Reference/decoders.py computed with PyTorch in float64.</summary>
public sealed class DecoderReferenceTests
{
    // Single precision through two blocks: some hundred roundings of 6e-8 each, of scores up to 4.
    private const double ScoreTolerance = 2e-5;

    // Of a tensor's largest gradient, for the same reason.
    private const double GradientTolerance = 5e-5;

    private static readonly (int[] Ids, int FirstTarget)[] Texts = [([0, 5, 13, 17, 8, 9, 20, 7, 11], 1), ([0, 9, 4], 2), ([0, 6, 14, 6, 14, 10], 3)];

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama")]
    [InlineData("llama-interleaved")]
    [InlineData("qwen2")]
    [InlineData("mistral")]
    public void Next_tokens_and_gradients_are_those_of_PyTorch(string name)
    {
        using JsonDocument document = Read(name);
        JsonElement gradients = document.RootElement.GetProperty("gradients");
        BaseModel model = TinyDecoder.Load(name);
        var network = (ILanguageModel)model.Network;
        var adapted = new AdaptedModel(model, Adapter(model, gradients), head: null, FrozenFactors.None);
        var batch = new TokenBatch();
        foreach ((int[] ids, int first) in Texts)
        {
            batch.AddText(ids, first);
        }

        var tape = new Tape(adapted.Weights, adapted.Trained.Length);
        tape.Start(training: true);
        Activation hidden = network.Encode(tape, batch);

        // Three rows at a time, so that parts of the loss are put together.
        var logits = new List<float>();
        double loss = tape.InParts(hidden, batch.Predictions, 3, logits, (all, rows) =>
        {
            Activation scores = network.Logits(tape, hidden, batch.TargetRows[rows]);
            all.AddRange(scores.Value);
            return tape.CrossEntropy(scores, batch.Targets[rows], 1f / batch.Predictions);
        });
        tape.Backward();

        AssertClose("scores", document.RootElement.GetProperty("logits"), [.. logits], ScoreTolerance);
        Assert.Equal(document.RootElement.GetProperty("loss").GetDouble(), loss, ScoreTolerance);
        foreach (TrainedTensor tensor in adapted.Trained.Tensors)
        {
            JsonElement exact = gradients.GetProperty(tensor.Name);
            double largest = exact.EnumerateArray().Max(value => Math.Abs(value.GetDouble()));
            AssertClose(tensor.Name, exact, tape.Gradient.Slice(tensor.Offset, tensor.Length), GradientTolerance * largest);
        }
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("mistral")]
    public void The_classifier_reads_the_last_token_as_PyTorch_does(string name)
    {
        using JsonDocument document = Read(name);
        BaseModel model = TinyDecoder.Load(name);
        IClassificationHead head = model.Network.Head(4);
        LoraAdapter factors = Adapter(model, document.RootElement.GetProperty("gradients"));
        var adapter = new LoraAdapter(
            factors.Settings with { ModulesToSave = head.Modules }, factors.Modules,
            head.Layout.Parameters.Select(p => KeyValuePair.Create(p.Name, new DenseTensor([.. p.Shape], TinyBert.Values(p.Name, p.Length)))));
        var adapted = new AdaptedModel(model, adapter, head, FrozenFactors.None);
        var batch = new TokenBatch();
        foreach ((int[] ids, _) in Texts)
        {
            batch.Add(ids, ids.Length);
        }

        var tape = new Tape(adapted.Weights, adapted.Trained.Length);
        tape.Start(training: false);
        Activation scores = head.Forward(tape, model.Network.Encode(tape, batch), batch);

        AssertClose("classes", document.RootElement.GetProperty("classes"), scores.Value, ScoreTolerance);
    }

    private static JsonDocument Read(string name) => JsonDocument.Parse(typeof(DecoderReferenceTests).Assembly.GetManifestResourceStream($"{name}.json")!);

    /// <summary>Factors of rank 2 for the layers that the script adapted, by its formula.</summary>
    private static LoraAdapter Adapter(BaseModel model, JsonElement gradients)
    {
        string[] adapted = [.. gradients.EnumerateObject().Select(tensor => tensor.Name[..tensor.Name.LastIndexOf('.')]).Distinct(StringComparer.Ordinal)];
        Dictionary<string, LinearLayer> layers = model.Network.Layout.Linears.ToDictionary(layer => layer.Name, StringComparer.Ordinal);
        return new LoraAdapter(
            new LoraSettings { Rank = 2, Alpha = 4, TargetModules = adapted },
            adapted.Select(name => KeyValuePair.Create(name, new LoraFactors(
                new Matrix(2, layers[name].Inputs, TinyBert.Values($"{name}.lora_A", 2 * layers[name].Inputs)),
                new Matrix(layers[name].Outputs, 2, TinyBert.Values($"{name}.lora_B", 2 * layers[name].Outputs))))));
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
}
