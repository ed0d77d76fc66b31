namespace EdgeFlora.Contracts;

/// <summary>Minor versions of this contract that this build can speak.</summary>
/// <remarks>
/// 1: rounds that train and send all factors. 2: tasks with rules for factors and a change of the base weights. 3: tasks with another optimiser or
/// schedule, tasks that learn to write, and results with examples by class. 4: private runs. 5: a fleet that runs come and go on: installations,
/// labels, addresses in offers. 6: tasks with a proximal term, a personal head or control variates, or that train alone beside; agents measure the
/// adapter that a run publishes, and keep their own where it is better; base models that agents fetch; agents that change their passwords themselves.
/// </remarks>
public static class ContractVersion
{
    /// <summary>Spoken by this build.</summary>
    public const int Current = 6;

    /// <summary>Oldest still understood: before it, agents sent everything to one intake.</summary>
    public const int Oldest = 5;

    /// <summary>The version from which on agents know <see cref="Tasks.TaskOffer.Factors"/> and <see cref="Tasks.TaskOffer.BaseDelta"/>.</summary>
    public const int FactorRules = 2;

    /// <summary>The version from which on agents know <see cref="Tasks.TaskOffer.Task"/>.</summary>
    public const int LanguageModels = 3;

    /// <summary>
    /// The version from which on agents know <see cref="Tasks.HyperParameters.Sgd"/>, <see cref="Tasks.HyperParameters.CosineDecay"/>,
    /// <see cref="Tasks.HyperParameters.Accumulate"/> and <see cref="Tasks.TaskOffer.ClassCounts"/>.
    /// </summary>
    public const int TrainingChoices = 3;

    /// <summary>
    /// The version from which on agents know <see cref="Tasks.HyperParameters.Proximal"/>, <see cref="Tasks.TaskOffer.PersonalHead"/>,
    /// <see cref="Tasks.TaskOffer.ControlVariates"/> and <see cref="Tasks.TaskOffer.TrainAlone"/>.
    /// </summary>
    public const int Personal = 6;

    /// <summary>
    /// The version from which on trainers measure a published adapter when they are asked to, as far as their owners allow; see
    /// <see cref="Tasks.TaskOffer.Published"/>.
    /// </summary>
    public const int FinalMeasures = 6;

    /// <summary>The version from which on agents know a <see cref="Rounds.RoundCommitted"/> without a divergence.</summary>
    public const int PrivateRuns = 4;
}
