using System.Diagnostics;

namespace EdgeFlora.Benchmarks;

/// <summary>Times contenders against each other: turn by turn in one run, so that a busy machine or a changing clock meets all of them alike.</summary>
internal static class Rates
{
    private const int Turns = 41;
    private const double SecondsPerTurn = 0.003; // no longer than a time slice, so that some turns pass undisturbed

    /// <summary>Median and best rate of each contender, in units of work per second: the same on an idle machine, far apart on a busy one.</summary>
    /// <param name="contenders">Each does <c>Work</c> units of work a call.</param>
    public static Rate[] Measure(params IReadOnlyList<(double Work, Action Run)> contenders)
    {
        int[] repeats = [.. contenders.Select(contender => Repeats(contender.Run))];
        double[][] rates = [.. contenders.Select(_ => new double[Turns])];
        for (int turn = 0; turn < Turns; turn++)
        {
            for (int index = 0; index < contenders.Count; index++)
            {
                (double work, Action run) = contenders[index];
                rates[index][turn] = work * repeats[index] / Time(run, repeats[index]);
            }
        }

        foreach (double[] rate in rates)
        {
            Array.Sort(rate);
        }

        return [.. rates.Select(rate => new Rate(rate[Turns / 2], rate[^1]))];
    }

    private static int Repeats(Action run)
    {
        run();
        int repeats = 1;
        while (Time(run, repeats) < SecondsPerTurn)
        {
            repeats *= 2;
        }

        return repeats;
    }

    private static double Time(Action run, int repeats)
    {
        long start = Stopwatch.GetTimestamp();
        for (int repeat = 0; repeat < repeats; repeat++)
        {
            run();
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
