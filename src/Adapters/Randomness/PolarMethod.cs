namespace EdgeFlora.Adapters.Randomness;

/// <summary>Normally distributed numbers from uniform ones.</summary>
internal static class PolarMethod
{
    /// <summary>
    /// A number from the normal distribution of mean 0 and variance 1 (Marsaglia's polar method; the second number of a pair is dropped, so that
    /// the source's own state is all there is).
    /// </summary>
    public static double Next<T>(T source)
        where T : IUniformNumbers
    {
        while (true)
        {
            double x = (2 * source.NextDouble()) - 1;
            double y = (2 * source.NextDouble()) - 1;
            double square = (x * x) + (y * y);
            if (square is > 0 and < 1)
            {
                return x * Math.Sqrt(-2 * Math.Log(square) / square);
            }
        }
    }
}
