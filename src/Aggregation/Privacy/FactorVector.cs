using EdgeFlora.Adapters;

namespace EdgeFlora.Aggregation.Privacy;

/// <summary>The values of an adapter that a task trains, as one long vector in a fixed order.</summary>
internal sealed class FactorVector
{
    private readonly List<Memory<float>> parts;

    private FactorVector(List<Memory<float>> parts) => this.parts = parts;

    public int Length => parts.Sum(part => part.Length);

    public static FactorVector Of(LoraAdapter adapter, TaskNeeds needs)
    {
        var parts = new List<Memory<float>>();
        foreach (LoraFactors factors in adapter.Modules.Values)
        {
            if (needs.TrainA)
            {
                parts.Add(factors.A.Memory);
            }

            if (needs.TrainB && !needs.KeepB)
            {
                parts.Add(factors.B.Memory);
            }
        }

        parts.AddRange(adapter.Saved.Values.Select(tensor => (Memory<float>)tensor.Values));
        return new FactorVector(parts);
    }

    /// <summary>sum += (this − start)·min(1, C / ‖this − start‖).</summary>
    /// <exception cref="ArgumentException">The vectors differ in shape: the ranks differ.</exception>
    public void AddClippedChange(FactorVector start, double clip, double[] sum)
    {
        if (!parts.Select(part => part.Length).SequenceEqual(start.parts.Select(part => part.Length)))
        {
            throw new ArgumentException("Differential privacy needs every agent at the broadcast rank.");
        }

        double length = Math.Sqrt(SquaredDistance(start));
        double share = length > clip ? clip / length : 1;
        int at = 0;
        for (int i = 0; i < parts.Count; i++)
        {
            ReadOnlySpan<float> here = parts[i].Span;
            ReadOnlySpan<float> before = start.parts[i].Span;
            for (int j = 0; j < here.Length; j++)
            {
                sum[at++] += share * ((double)here[j] - before[j]);
            }
        }
    }

    // One value after the other: the same bits with vectors of any width, and no copy of the whole change.
    private double SquaredDistance(FactorVector start)
    {
        double squared = 0;
        for (int i = 0; i < parts.Count; i++)
        {
            ReadOnlySpan<float> here = parts[i].Span;
            ReadOnlySpan<float> before = start.parts[i].Span;
            for (int j = 0; j < here.Length; j++)
            {
                double change = (double)here[j] - before[j];
                squared += change * change;
            }
        }

        return squared;
    }

    /// <summary>A copy of <paramref name="broadcast"/> moved by <paramref name="change"/>.</summary>
    public static LoraAdapter Moved(LoraAdapter broadcast, double[] change, TaskNeeds needs)
    {
        LoraAdapter moved = broadcast.Clone();
        int at = 0;
        foreach (Memory<float> part in Of(moved, needs).parts)
        {
            foreach (ref float value in part.Span)
            {
                value = (float)(value + change[at++]);
            }
        }

        return moved;
    }
}
