using System.Numerics;
using EdgeFlora.Adapters;
using EdgeFlora.Learning.Adapting;

namespace EdgeFlora.Learning.Training;

/// <summary>
/// Control variates (SCAFFOLD, arXiv 1910.06378): what all steps of a training together take off the trained values, so that an agent goes where all
/// agents go and not where its own data pulls. Each step takes the share that its rate has of the sum of all rates: at a constant rate the
/// same, as in the paper's y ← y − η·(g + c − cᵢ).
/// </summary>
internal sealed class DriftCorrection
{
    private readonly float[] whole;
    private readonly TrainingPlan plan;
    private readonly double rates;

    /// <param name="adapted">What is trained.</param>
    /// <param name="whole">η·K·(c − cᵢ), of the same shape as the trained adapter.</param>
    /// <exception cref="ArgumentException">It has another shape, or a value is not finite.</exception>
    public DriftCorrection(AdaptedModel adapted, LoraAdapter whole, TrainingPlan plan)
    {
        this.whole = adapted.LaidOut(whole);
        this.plan = plan;
        rates = Enumerable.Range(0, plan.Steps).Sum(step => LearningRate.At(step, plan));
    }

    /// <summary>Bytes held.</summary>
    public long Bytes => sizeof(float) * (long)whole.Length;

    /// <summary>What a checkpoint depends on.</summary>
    public ReadOnlySpan<float> Values => whole;

    /// <summary>Takes the share of a step off <paramref name="values"/>.</summary>
    /// <param name="rate">Of that step.</param>
    public void TakeOff(Span<float> values, double rate)
    {
        float share = (float)(rate / rates);
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            (new Vector<float>(values[i..]) - (new Vector<float>(whole.AsSpan(i)) * share)).CopyTo(values[i..]);
        }

        for (; i < values.Length; i++)
        {
            values[i] -= whole[i] * share;
        }
    }
}
