using EdgeFlora.Adapters;
using EdgeFlora.Learning.Kernels;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Tests.Portable;

/// <summary>The operations in float64, by their definitions and without any thought of speed: the judge of the portable engine.</summary>
/// <param name="loraScale">Scale of B·A.</param>
/// <param name="variant">What is made of B·A in layers that have factors.</param>
/// <param name="lengths">DoRA's row lengths by layer, which count as constants: measured once, before a value is moved to differentiate.</param>
internal sealed class ReferenceOperations(
    IReadOnlyDictionary<string, double[]> values, double loraScale, AdapterVariant variant = AdapterVariant.Lora, IReadOnlyDictionary<string, double[]>? lengths = null)
    : IOperations<double[,]>
{
    /// <summary>‖W₀ + scale·B·A‖, row by row.</summary>
    public static double[] RowLengths(IReadOnlyDictionary<string, double[]> values, double loraScale, LinearLayer layer)
    {
        double[] adapted = Adapted(values, loraScale, AdapterVariant.Lora, layer, lengths: null);
        return [.. adapted.Chunk(layer.Inputs).Select(row => Math.Sqrt(row.Sum(w => w * w)))];
    }

    public double[,] Embedding(Parameter table, ReadOnlyMemory<int> indices)
    {
        int[] index = indices.ToArray();
        return Make(index.Length, table.Columns, (i, j) => values[table.Name][(index[i] * table.Columns) + j]);
    }

    public double[,] Linear(double[,] input, LinearLayer layer)
    {
        double[] weight = values.ContainsKey($"{layer.Name}.lora_A") ? Adapted(values, loraScale, variant, layer, lengths) : values[layer.Weight.Name];
        double[,] y = Product(input, weight, layer.Outputs);
        if (layer.Bias is { } bias)
        {
            y = Make(Rows(y), Columns(y), (i, j) => y[i, j] + values[bias.Name][j]);
        }

        return y;
    }

    public double[,] LayerNorm(double[,] input, NormLayer layer)
    {
        double[] mean = [.. Enumerable.Range(0, Rows(input)).Select(i => Row(input, i).Average())];
        double[] deviation = [.. mean.Select((m, i) => Math.Sqrt(Row(input, i).Average(x => (x - m) * (x - m)) + layer.Epsilon))];
        return Make(
            Rows(input), Columns(input), (i, j) => (values[layer.Gain.Name][j] * (input[i, j] - mean[i]) / deviation[i]) + values[layer.Bias.Name][j]);
    }

    public double[,] Attention(double[,] query, double[,] key, double[,] value, AttentionShape shape, ReadOnlyMemory<int> starts)
    {
        int[] start = starts.ToArray();
        int width = Columns(query) / shape.Heads;
        double[,] output = new double[Rows(query), Columns(query)];
        for (int s = 0; s < start.Length - 1; s++)
        {
            int[] tokens = [.. Enumerable.Range(start[s], start[s + 1] - start[s])];
            for (int h = 0; h < shape.Heads; h++)
            {
                int at = h * width;
                int keyAt = h / (shape.Heads / shape.KeyHeads) * width;
                int[] columns = [.. Enumerable.Range(0, width)];
                foreach (int i in tokens)
                {
                    int[] seen = [.. tokens.Where(t => !shape.Causal || (t <= i && t > i - (shape.Window ?? int.MaxValue)))];
                    double[] weights = Softmax([.. seen.Select(t => columns.Sum(c => query[i, at + c] * key[t, keyAt + c]) / Math.Sqrt(width))]);
                    foreach (int c in columns)
                    {
                        output[i, at + c] = seen.Select((t, n) => weights[n] * value[t, keyAt + c]).Sum();
                    }
                }
            }
        }

        return output;
    }

    public double[,] Gelu(double[,] input) => Make(Rows(input), Columns(input), (i, j) => input[i, j] * Cumulative(input[i, j]));

    public double[,] Tanh(double[,] input) => Make(Rows(input), Columns(input), (i, j) => Math.Tanh(input[i, j]));

    public double[,] Add(double[,] left, double[,] right) => Make(Rows(left), Columns(left), (i, j) => left[i, j] + right[i, j]);

    public double[,] MeanPool(double[,] input, ReadOnlyMemory<int> starts)
    {
        int[] start = starts.ToArray();
        return Make(
            start.Length - 1, Columns(input), (s, j) => Enumerable.Range(start[s], start[s + 1] - start[s]).Average(token => input[token, j]));
    }

    public double[,] SelectRows(double[,] input, ReadOnlyMemory<int> rows)
    {
        int[] row = rows.ToArray();
        return Make(row.Length, Columns(input), (i, j) => input[row[i], j]);
    }

    public double[,] Relu(double[,] input) => Make(Rows(input), Columns(input), (i, j) => Math.Max(input[i, j], 0));

    public double[,] Scale(double[,] input, float factor) => Make(Rows(input), Columns(input), (i, j) => factor * input[i, j]);

    public double[,] Columns(double[,] input, int from, int count) => Make(Rows(input), count, (i, j) => input[i, from + j]);

    public double[,] RmsNorm(double[,] input, RmsNormLayer layer)
    {
        double[] size = [.. Enumerable.Range(0, Rows(input)).Select(i => Math.Sqrt(Row(input, i).Average(x => x * x) + layer.Epsilon))];
        return Make(Rows(input), Columns(input), (i, j) => values[layer.Gain.Name][j] * input[i, j] / size[i]);
    }

    public double[,] Rotary(double[,] input, int heads, RotaryTable table, ReadOnlyMemory<int> positions)
    {
        int pairs = table.Pairs;
        int[] position = positions.ToArray();
        (ReadOnlyMemory<float> cosines, ReadOnlyMemory<float> sines) = table.Rows(position.Max() + 1);
        return Make(Rows(input), Columns(input), (i, j) =>
        {
            int within = j % (2 * pairs);
            int pair = table.Interleaved ? within / 2 : within % pairs;
            bool second = table.Interleaved ? within % 2 == 1 : within >= pairs;
            int partner = j + (second ? -1 : 1) * (table.Interleaved ? 1 : pairs);
            double cosine = cosines.Span[(position[i] * pairs) + pair];
            double sine = sines.Span[(position[i] * pairs) + pair];
            return (input[i, j] * cosine) + ((second ? 1 : -1) * input[i, partner] * sine);
        });
    }

    public double[,] Silu(double[,] input) => Make(Rows(input), Columns(input), (i, j) => input[i, j] / (1 + Math.Exp(-input[i, j])));

    public double[,] GeluTanh(double[,] input) => Make(
        Rows(input), Columns(input), (i, j) => 0.5 * input[i, j] * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (input[i, j] + (0.044715 * Math.Pow(input[i, j], 3))))));

    public double[,] Multiply(double[,] left, double[,] right) => Make(Rows(left), Columns(left), (i, j) => left[i, j] * right[i, j]);

    public static double CrossEntropy(double[,] logits, int[] labels, double weight) =>
        weight * labels.Select((label, i) => -Math.Log(Softmax([.. Row(logits, i)])[label])).Sum();

    public static IEnumerable<double> Row(double[,] matrix, int row) => Enumerable.Range(0, Columns(matrix)).Select(j => matrix[row, j]);

    /// <summary>The layer's weight with its adapter, value by value.</summary>
    private static double[] Adapted(
        IReadOnlyDictionary<string, double[]> values, double scale, AdapterVariant variant, LinearLayer layer, IReadOnlyDictionary<string, double[]>? lengths)
    {
        (double[] w, double[] a, double[] b) = (values[layer.Weight.Name], values[$"{layer.Name}.lora_A"], values[$"{layer.Name}.lora_B"]);
        int rank = a.Length / layer.Inputs;
        return [.. w.Select((weight, place) =>
        {
            (int row, int column) = Math.DivRem(place, layer.Inputs);
            double delta = scale * Enumerable.Range(0, rank).Sum(r => b[(row * rank) + r] * a[(r * layer.Inputs) + column]);
            return variant switch
            {
                AdapterVariant.Hira => weight + (weight * delta),
                AdapterVariant.Dora => values[layer.Name + ModuleNames.MagnitudeSuffix][row] / lengths![layer.Name][row] * (weight + delta),
                _ => weight + delta,
            };
        })];
    }

    /// <summary>Φ(x) by its power series ½ + φ(x)·(x + x³/3 + x⁵/15 + …), all of whose terms have one sign.</summary>
    private static double Cumulative(double x)
    {
        double sum = 0;
        double term = x;
        for (int odd = 3; Math.Abs(term) > 1e-18; odd += 2)
        {
            sum += term;
            term *= x * x / odd;
        }

        return 0.5 + (sum * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI));
    }

    private static double[] Softmax(double[] scores)
    {
        double max = scores.Max();
        double sum = scores.Sum(s => Math.Exp(s - max));
        return [.. scores.Select(s => Math.Exp(s - max) / sum)];
    }

    private static double[,] Product(double[,] x, double[] weight, int outputs) =>
        Make(Rows(x), outputs, (i, j) => Row(x, i).Select((value, p) => value * weight[(j * Columns(x)) + p]).Sum());

    private static double[,] Make(int rows, int columns, Func<int, int, double> value)
    {
        double[,] matrix = new double[rows, columns];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                matrix[i, j] = value(i, j);
            }
        }

        return matrix;
    }

    private static int Rows(double[,] matrix) => matrix.GetLength(0);

    private static int Columns(double[,] matrix) => matrix.GetLength(1);
}
