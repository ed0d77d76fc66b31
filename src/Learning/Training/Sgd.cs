using System.Numerics;
using EdgeFlora.Learning.Adapting;

namespace EdgeFlora.Learning.Training;

/// <summary>Stochastic gradient descent as PyTorch's SGD: v ← μ·v + g + decay·w, then w ← w − rate·v, or with Nesterov's momentum w ← w − rate·(g + decay·w + μ·v).</summary>
internal sealed class Sgd(int length, double momentum, bool nesterov) : IOptimiser
{
    private readonly float[] velocity = new float[length];
    private readonly float keep = (float)momentum;

    /// <summary>The running sum of gradients, each older one by μ weaker.</summary>
    public IReadOnlyList<float[]> State => [velocity];

    public void Update(TrainedWeights weights, ReadOnlySpan<float> gradient, int step, double rate, double weightDecay, float gradientScale)
    {
        for (int i = 0; i < weights.Tensors.Count; i++)
        {
            TrainedTensor tensor = weights.Tensors[i];
            Update(
                weights.Of(tensor),
                gradient.Slice(tensor.Offset, tensor.Length),
                velocity.AsSpan(tensor.Offset, tensor.Length),
                gradientScale,
                tensor.Decays ? (float)weightDecay : 0,
                (float)rate);
        }
    }

    private void Update(Span<float> values, ReadOnlySpan<float> gradient, Span<float> speed, float gradientScale, float decay, float rate)
    {
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var value = new Vector<float>(values[i..]);
            Vector<float> g = (new Vector<float>(gradient[i..]) * gradientScale) + (value * decay);
            Vector<float> v = (new Vector<float>(speed[i..]) * keep) + g;
            v.CopyTo(speed[i..]);
            Vector<float> step = nesterov ? g + (v * keep) : v;
            (value - (step * rate)).CopyTo(values[i..]);
        }

        for (; i < values.Length; i++)
        {
            float g = (gradient[i] * gradientScale) + (values[i] * decay);
            speed[i] = (speed[i] * keep) + g;
            values[i] -= (nesterov ? g + (speed[i] * keep) : speed[i]) * rate;
        }
    }
}
