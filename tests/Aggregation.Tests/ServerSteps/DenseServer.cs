using EdgeFlora.Adapters;

namespace EdgeFlora.Aggregation.Tests.ServerSteps;

/// <summary>The slow judge of server steps: whole matrices of weights in double precision, element by element.</summary>
internal sealed class DenseServer(AggregationOptions options, double scale)
{
    private double[,]? first;
    private double[]? outputs;
    private double[]? inputs;
    private double[]? headFirst;
    private double[]? headSecond;

    private bool Adapts => options.ServerStep is ServerStep.FedAdam or ServerStep.FedYogi;

    /// <summary>The product to publish, without the adapter's scale.</summary>
    /// <param name="from">What was broadcast.</param>
    /// <param name="to">What the strategy made.</param>
    public double[,] Step(double[,] from, double[,] to)
    {
        (int rows, int columns) = (from.GetLength(0), from.GetLength(1));
        double floor = options.ServerEpsilon * options.ServerEpsilon;
        first ??= new double[rows, columns];
        outputs ??= [.. Enumerable.Repeat(floor, rows)];
        inputs ??= [.. Enumerable.Repeat(floor, columns)];
        double[] rowSquares = new double[rows];
        double[] columnSquares = new double[columns];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                double d = scale * (to[i, j] - from[i, j]);
                first[i, j] = (options.Momentum * first[i, j]) + ((Adapts ? 1 - options.Momentum : 1) * d);
                rowSquares[i] += ((d * d) + floor) / columns;
                columnSquares[j] += ((d * d) + floor) / rows;
            }
        }

        outputs = [.. outputs.Zip(rowSquares, Follow)];
        inputs = [.. inputs.Zip(columnSquares, Follow)];
        double[,] next = (double[,])from.Clone();
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                double second = outputs[i] * inputs[j] / Math.Sqrt(outputs.Average() * inputs.Average());
                next[i, j] += options.ServerRate * first[i, j] / (Adapts ? Math.Sqrt(second) : 1) / scale;
            }
        }

        return next;
    }

    public double[] StepHead(float[] from, float[] to)
    {
        double floor = options.ServerEpsilon * options.ServerEpsilon;
        double[] steps = [.. to.Zip(from, (x, y) => (double)x - y)];
        headFirst = [.. steps.Select((d, i) => (options.Momentum * (headFirst?[i] ?? 0)) + ((Adapts ? 1 - options.Momentum : 1) * d))];
        headSecond = [.. steps.Select((d, i) => Follow(headSecond?[i] ?? floor, (d * d) + floor))];
        return [.. from.Select((value, i) => value + (options.ServerRate * headFirst[i] / (Adapts ? Math.Sqrt(headSecond[i]) : 1)))];
    }

    /// <summary>The step length of FedExP from whole matrices, where nobody is clipped.</summary>
    public static double FedExP(LoraAdapter broadcast, Update[] updates, double epsilon)
    {
        double total = updates.Sum(update => update.Weight);
        return FedExP(broadcast, updates, [.. updates.Select(update => new AgentWeight(update.AgentId, update.Weight / total, 0, 1))], epsilon);
    }

    /// <param name="weights">One for each update, in its place.</param>
    public static double FedExP(LoraAdapter broadcast, Update[] updates, IReadOnlyList<AgentWeight> weights, double epsilon)
    {
        double[] mean = new double[Whole(broadcast).Length];
        double own = 0;
        foreach ((Update update, AgentWeight weight) in updates.Zip(weights))
        {
            double[] change = [.. Whole(update.Adapter).Zip(Whole(broadcast), (x, y) => weight.Clip * (x - y))];
            own += weight.Share * change.Sum(value => value * value);
            mean = [.. mean.Zip(change, (sum, value) => sum + (weight.Share * value))];
        }

        return Math.Max(1, own / (2 * (mean.Sum(value => value * value) + epsilon)));
    }

    private double Follow(double v, double g) => options.ServerStep == ServerStep.FedYogi
        ? v - ((1 - options.SecondMoment) * Math.Sign(v - g) * g)
        : (options.SecondMoment * v) + ((1 - options.SecondMoment) * g);

    private static double[] Whole(LoraAdapter adapter) =>
    [
        .. adapter.Modules.Values.SelectMany(factors => DenseReference.Product(factors, adapter.Settings.Scale).Cast<double>()),
        .. adapter.Saved.Values.SelectMany(tensor => tensor.Values).Select(value => (double)value),
    ];
}
