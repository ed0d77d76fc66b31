using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.ServerSteps;

/// <summary>How second moments of a product follow its steps, and what they divide steps by.</summary>
internal static class SecondMoments
{
    /// <summary>The moment after a step D = <paramref name="scale"/>·Σ σᵢuᵢvᵢᵀ.</summary>
    /// <param name="before">Null before the first step: τ² everywhere, as arXiv 2003.00295 has it.</param>
    public static SecondMoment Next(SecondMoment? before, SingularTriplets step, double scale, AggregationOptions options)
    {
        int outputs = step.Left.Columns;
        int inputs = step.Right.Columns;
        // Triplets are orthonormal: the squared length of row i of D is Σ (σ·uᵢ)², and of column j Σ (σ·vⱼ)².
        return new SecondMoment(
            Follow(before?.Outputs, SquaredLengths(step, left: true, outputs, scale * scale / inputs), options),
            Follow(before?.Inputs, SquaredLengths(step, left: false, inputs, scale * scale / outputs), options));
    }

    /// <summary>v after a squared step g: Adam v + (1 − β₂)(g − v), Yogi v + (1 − β₂)·sign(g − v)·g.</summary>
    /// <param name="squares">g without τ².</param>
    public static float[] Follow(IReadOnlyList<float>? before, double[] squares, AggregationOptions options)
    {
        double floor = options.ServerEpsilon * options.ServerEpsilon;
        float[] next = new float[squares.Length];
        for (int i = 0; i < next.Length; i++)
        {
            double v = before?[i] ?? floor;
            double g = squares[i] + floor;
            double change = options.ServerStep == ServerStep.FedYogi ? Math.Sign(g - v) * g : g - v;
            // Yogi may take more than is there from a moment that was loaded from single precision.
            next[i] = (float)Math.Max(v + ((1 - options.SecondMoment) * change), float.Epsilon);
        }

        return next;
    }

    /// <summary>What rows and columns of a step are multiplied by, so that each element is divided by the root of its second moment.</summary>
    public static (double[] Outputs, double[] Inputs) Divisors(SecondMoment moment)
    {
        double root = Math.Sqrt(Math.Sqrt(moment.Outputs.Average(value => (double)value) * moment.Inputs.Average(value => (double)value)));
        return (
            [.. moment.Outputs.Select(value => Math.Sqrt(root / value))],
            [.. moment.Inputs.Select(value => Math.Sqrt(root / value))]);
    }

    private static double[] SquaredLengths(SingularTriplets step, bool left, int length, double factor)
    {
        double[] squares = new double[length];
        for (int i = 0; i < step.Count; i++)
        {
            ReadOnlySpan<float> direction = left ? step.Left.Row(i) : step.Right.Row(i);
            for (int j = 0; j < length; j++)
            {
                double value = step.Sigma[i] * direction[j];
                squares[j] += factor * value * value;
            }
        }

        return squares;
    }
}
