using EdgeFlora.Adapters.Randomness;

namespace EdgeFlora.Adapters.Initialization;

/// <summary>
/// How a classification head of several layers begins: the last at zero, so that all labels are equally likely at first; the others at random, for
/// were more than one zero, no gradient would ever reach either.
/// </summary>
internal static class HeadInitialization
{
    /// <summary>Standard deviation of Transformers where a configuration has no <c>initializer_range</c>.</summary>
    public const double UsualDeviation = 0.02;

    /// <summary>Draws tensors from N(0, deviation²). Values depend on the seed and the tensor's name alone.</summary>
    /// <param name="adapter">One that saves the tensors.</param>
    /// <param name="weights">Names of the weights of every layer but the last.</param>
    public static void Draw(LoraAdapter adapter, IEnumerable<string> weights, double deviation, ulong seed)
    {
        foreach (string name in weights)
        {
            var random = SeededRandom.For(seed, "head " + name);
            foreach (ref float value in adapter.Saved[name].Values.AsSpan())
            {
                value = (float)(deviation * random.NextGaussian());
            }
        }
    }
}
