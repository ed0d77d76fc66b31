using System.Numerics;
using EdgeFlora.Learning.Adapting;

namespace EdgeFlora.Learning.Training;

/// <summary>
/// FedProx (arXiv 1812.06127): the loss of a batch has ½·μ·‖θ − θ₀‖² added to it, so that the gradient has μ·(θ − θ₀), where θ₀ is what training
/// began with. Long local work on one agent's data then goes less far from what all agents share.
/// </summary>
internal sealed class ProximalTerm
{
    private readonly float[] start;
    private readonly float strength;

    /// <param name="weights">As training begins; copied.</param>
    /// <param name="strength">μ, above 0.</param>
    public ProximalTerm(TrainedWeights weights, double strength)
    {
        start = weights.Values.ToArray();
        this.strength = (float)strength;
    }

    /// <summary>Bytes held.</summary>
    public long Bytes => sizeof(float) * (long)start.Length;

    /// <summary>Adds the term's gradient at <paramref name="values"/>.</summary>
    public void AddTo(Span<float> gradient, ReadOnlySpan<float> values)
    {
        int i = 0;
        for (; i <= gradient.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> away = new Vector<float>(values[i..]) - new Vector<float>(start.AsSpan(i));
            (new Vector<float>(gradient[i..]) + (away * strength)).CopyTo(gradient[i..]);
        }

        for (; i < gradient.Length; i++)
        {
            gradient[i] += (values[i] - start[i]) * strength;
        }
    }
}
