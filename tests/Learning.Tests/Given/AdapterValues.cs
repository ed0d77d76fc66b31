using EdgeFlora.Adapters;

namespace EdgeFlora.Learning.Tests.Given;

/// <summary>An adapter as one vector of all its values: A and B of each module, then what is saved whole.</summary>
internal static class AdapterValues
{
    public static double[] Of(LoraAdapter adapter) =>
    [
        .. adapter.Modules.Values.SelectMany(factors => factors.A.Values.ToArray().Concat(factors.B.Values.ToArray()))
            .Concat(adapter.Saved.Values.SelectMany(tensor => tensor.Values.ToArray()))
            .Select(value => (double)value),
    ];

    /// <summary>The same adapter with other values.</summary>
    /// <param name="value">The value at a place of the vector.</param>
    public static LoraAdapter With(LoraAdapter adapter, Func<int, double> value)
    {
        LoraAdapter copy = adapter.Clone();
        int at = 0;
        foreach (LoraFactors factors in copy.Modules.Values)
        {
            Fill(factors.A.Values);
            Fill(factors.B.Values);
        }

        foreach (DenseTensor tensor in copy.Saved.Values)
        {
            Fill(tensor.Values);
        }

        return copy;

        void Fill(Span<float> place)
        {
            foreach (ref float one in place)
            {
                one = (float)value(at++);
            }
        }
    }

    public static double Distance(double[] a, double[] b) => Math.Sqrt(a.Zip(b).Sum(pair => (pair.First - pair.Second) * (pair.First - pair.Second)));
}
