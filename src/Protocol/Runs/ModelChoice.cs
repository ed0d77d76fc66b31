namespace EdgeFlora.Protocol.Runs;

/// <summary>Which of a run's models is best, and whether none has been better for long enough to end the run.</summary>
/// <remarks>Goes by rounds and figures alone, in the order of rounds: the same for figures that arrive in any order.</remarks>
internal static class ModelChoice
{
    /// <summary>The best of the measured models; of equals the earliest. Null: none was measured.</summary>
    /// <param name="figures">One a committed round, by round.</param>
    /// <param name="higherIsBetter">Whether the figure is an accuracy, and not a loss.</param>
    public static ModelFigure? Best(IEnumerable<ModelFigure> figures, bool higherIsBetter)
    {
        ModelFigure? best = null;
        foreach (ModelFigure figure in figures)
        {
            if (figure.Known is { } value && (best is not { } held || Gain(held.Value!.Value, value, higherIsBetter) > 0))
            {
                best = figure;
            }
        }

        return best;
    }

    /// <summary>
    /// The round since which <paramref name="patience"/> measured models were not better by more than <paramref name="minDelta"/>; null: none yet.
    /// </summary>
    /// <remarks>
    /// Waits at a model whose figure may still come, and goes past one that will never have any: it neither ends the patience nor renews it.
    /// </remarks>
    /// <param name="patience">At least 1.</param>
    /// <param name="minDelta">At least 0.</param>
    public static int? StalledSince(IEnumerable<ModelFigure> figures, bool higherIsBetter, int patience, double minDelta)
    {
        (int Round, double Value)? best = null;
        int since = 0;
        foreach (ModelFigure figure in figures)
        {
            if (figure.Known is not { } value)
            {
                if (figure is { Value: null, MayCome: true })
                {
                    return null;
                }

                continue;
            }

            if (best is not { } held || Gain(held.Value, value, higherIsBetter) > minDelta)
            {
                best = (figure.Round, value);
                since = 0;
            }
            else if (++since >= patience)
            {
                return held.Round;
            }
        }

        return null;
    }

    private static double Gain(double before, double after, bool higherIsBetter) => higherIsBetter ? after - before : before - after;
}
