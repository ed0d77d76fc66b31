using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Learning.Adapting;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;

namespace EdgeFlora.Learning.Tests.Portable;

/// <summary>Compares the tape's loss and gradients with float64 values and central differences.</summary>
internal static class GradientCheck
{
    // Central differences in float64 with this step err by about step² ≈ 1e-10 of the third derivative, far below single precision.
    private const double Difference = 1e-5;

    // Of the largest gradient of the tensor: some hundred roundings of 6e-8 each, and GELU's Φ with an error of 7.5e-8.
    private const double Tolerance = 2e-5;

    private const double LoraScale = 1.5;

    /// <param name="adapted">Layers that get LoRA factors of rank 2; if there are any, all other weights are frozen.</param>
    /// <param name="checkedPerTensor">Values of each tensor to differentiate; 0 for all.</param>
    /// <param name="variant">What is made of the factors.</param>
    public static void Run(IGraph graph, int classes, string[]? adapted = null, int checkedPerTensor = 0, AdapterVariant variant = AdapterVariant.Lora)
    {
        var values = new SortedDictionary<string, float[]>(StringComparer.Ordinal);
        foreach (Parameter parameter in graph.Layout.Parameters)
        {
            values.Add(parameter.Name, Random(parameter.Name, parameter.Length));
        }

        foreach (LinearLayer layer in graph.Layout.Linears.Where(layer => adapted?.Contains(layer.Name) == true))
        {
            values.Add($"{layer.Name}.lora_A", Random($"{layer.Name}.lora_A", 2 * layer.Inputs));
            values.Add($"{layer.Name}.lora_B", Random($"{layer.Name}.lora_B", 2 * layer.Outputs));
            if (variant == AdapterVariant.Dora)
            {
                values.Add(layer.Name + ModuleNames.MagnitudeSuffix, Random(layer.Name + ModuleNames.MagnitudeSuffix, layer.Outputs));
            }
        }

        string[] trained = [.. values.Keys.Where(name => adapted is null || name.Contains(".lora_", StringComparison.Ordinal))];
        var trainedWeights = new TrainedWeights(trained.Select(name => (name, values[name].Length, false)));
        var tape = new Tape(Bind(graph, values, trainedWeights, variant), trainedWeights.Length);
        tape.Start(training: true);
        Activation scores = graph.Forward(tape);
        int[] labels = [.. Enumerable.Range(0, scores.Rows).Select(i => (i * 7) % classes)];
        float weight = 1f / labels.Length;
        double loss = tape.CrossEntropy(scores, labels, weight);
        tape.Backward();

        var exact = new SortedDictionary<string, double[]>(values.ToDictionary(v => v.Key, v => Array.ConvertAll(v.Value, x => (double)x)), StringComparer.Ordinal);
        Dictionary<string, double[]>? lengths = variant == AdapterVariant.Dora
            ? graph.Layout.Linears.Where(layer => adapted!.Contains(layer.Name)).ToDictionary(layer => layer.Name, layer => ReferenceOperations.RowLengths(exact, LoraScale, layer))
            : null;
        double Loss() => ReferenceOperations.CrossEntropy(graph.Forward(new ReferenceOperations(exact, LoraScale, variant, lengths)), labels, weight);
        Assert.Equal(Loss(), loss, tolerance: 1e-5 * Math.Max(1, loss));
        foreach (TrainedTensor tensor in trainedWeights.Tensors)
        {
            float[] gradient = tape.Gradient.Slice(tensor.Offset, tensor.Length).ToArray();
            int[] places = checkedPerTensor == 0
                ? [.. Enumerable.Range(0, tensor.Length)]
                : [.. Enumerable.Range(0, checkedPerTensor).Select(i => i * 7919 % tensor.Length).Distinct()];
            double largest = gradient.Max(Math.Abs);
            Assert.True(largest > 0, $"{tensor.Name} has no gradient.");
            foreach (int place in places)
            {
                double before = exact[tensor.Name][place];
                exact[tensor.Name][place] = before + Difference;
                double above = Loss();
                exact[tensor.Name][place] = before - Difference;
                double below = Loss();
                exact[tensor.Name][place] = before;
                double expected = (above - below) / (2 * Difference);
                Assert.True(
                    Math.Abs(expected - gradient[place]) <= (Tolerance * largest) + 1e-8,
                    $"{tensor.Name}[{place}]: expected {expected:G9}, got {gradient[place]:G9}, largest {largest:G3}.");
            }
        }
    }

    /// <summary>All rows of a table in order: a matrix whose gradient is the table's.</summary>
    public static T Input<T>(IOperations<T> ops, Parameter table) => ops.Embedding(table, Enumerable.Range(0, table.Rows).ToArray());

    private static Weights Bind(IGraph graph, SortedDictionary<string, float[]> values, TrainedWeights trained, AdapterVariant variant)
    {
        Dictionary<string, TrainedTensor> tensors = trained.Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        foreach (TrainedTensor tensor in trained.Tensors)
        {
            values[tensor.Name].CopyTo(trained.Of(tensor));
        }

        var weights = new Weights();
        foreach (Parameter parameter in graph.Layout.Parameters)
        {
            if (tensors.TryGetValue(parameter.Name, out TrainedTensor? tensor))
            {
                weights.Train(parameter, trained.Bind(tensor));
            }
            else
            {
                weights.Freeze(parameter, values[parameter.Name]);
            }
        }

        foreach (LinearLayer layer in graph.Layout.Linears)
        {
            if (tensors.TryGetValue($"{layer.Name}.lora_A", out TrainedTensor? a))
            {
                weights.Adapt(layer, new LoraBinding(2, (float)LoraScale, trained.Bind(a), trained.Bind(tensors[$"{layer.Name}.lora_B"]))
                {
                    Variant = variant,
                    Dora = variant == AdapterVariant.Dora
                        ? DoraBinding.Of(trained.Bind(tensors[layer.Name + ModuleNames.MagnitudeSuffix]), layer, new FrozenWeight(layer.Outputs, layer.Inputs, values[layer.Weight.Name]))
                        : null,
                });
            }
        }

        return weights;
    }

    private static float[] Random(string name, int length)
    {
        var random = SeededRandom.For(11, name);
        return [.. Enumerable.Range(0, length).Select(_ => (float)(0.5 * random.NextGaussian()))];
    }
}
