using EdgeFlora.Experiments.Shares;
using EdgeFlora.Experiments.Work;

namespace EdgeFlora.Experiments.Local;

/// <summary>About how much work an experiment is.</summary>
internal static class EffortEstimate
{
    /// <summary>In texts that are measured; see <see cref="Effort.Training"/>.</summary>
    public static double Of(Experiment experiment, TextPool pool)
    {
        (int training, int test) = pool.Counts(experiment.Seeds[0], experiment.MostTraining, experiment.MostTest);
        double step = experiment.Training.BatchSize * experiment.Training.Accumulate * Effort.Training;
        double heldOut = training * experiment.HeldOut;
        return experiment.Seeds.Count * experiment.Regimes.Sum(regime =>
        {
            int central = BaselineWork.CentralSteps(experiment, regime, (int)(training - heldOut));
            double baselines = experiment.Baselines ? step * (central + (experiment.Rounds * regime.Agents * regime.Steps)) : 0;
            baselines += experiment.Training.Alone ? step * experiment.Rounds * regime.Agents * regime.Steps : 0;
            double round = (regime.Asked * regime.Steps * step) + test;
            return baselines + test + (experiment.Methods.Count * ((experiment.Rounds * round) + heldOut + (regime.Asked * test)));
        });
    }
}
