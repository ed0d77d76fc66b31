using EdgeFlora.Aggregation.Strategies;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Specs;
using EdgeFlora.Coordinator.Store;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>
/// The models that runs begin from: base models by name, and those that other runs have committed. What is not there is refused with a sentence.
/// </summary>
internal sealed class RunModels(CoordinatorHostOptions options)
{
    /// <summary>The round whose model another run may begin from.</summary>
    /// <exception cref="ServiceRefusedException">There is none, or it does not go with the spec.</exception>
    public int StartingRound(Serving parts, RunEntry source, int? round, RunSpec spec)
    {
        StoredModel model = Kept(parts, source, round);
        if (Folder(spec.Model) != source.ModelFolder || !Same(spec.Lora, source.Options.Lora) || !spec.Labels.SequenceEqual(source.Options.Labels))
        {
            throw new ServiceRefusedException(
                ProblemCode.InvalidChange,
                $"A run that begins from a model of run {source.Id} must have its base model, LoRA shape and labels.",
                "Take them from there, or submit a new run for other ones.");
        }

        if (model.BaseDelta is not null)
        {
            throw new ServiceRefusedException(
                ProblemCode.InvalidChange,
                $"Run {source.Id} has folded changes into the base weights (strategy "
                + $"{string.Join(", ", source.Options.Aggregation.StrategyNames())}): the adapter of round {model.Round} means nothing on the base "
                + $"model alone.",
                "Begin a new run, or fork one whose strategy leaves the base as it is, such as FloraNA.");
        }

        if (PersonalParts.AreIn(source.Options))
        {
            throw new ServiceRefusedException(
                ProblemCode.InvalidChange,
                $"In run {source.Id} {PersonalParts.Told(source.Options)}: what it has published is no whole adapter to begin from.",
                "Begin a new run; an agent's own adapter (edgeflora agent export) can be its startFrom.adapter.");
        }

        if (spec.Training.PersonalHead)
        {
            throw new ServiceRefusedException(
                ProblemCode.InvalidChange,
                $"training.personalHead is true, and the models of run {source.Id} have a head that all agents share.",
                "Leave training.personalHead out, or submit a new run.");
        }

        return model.Round;
    }

    /// <summary>A committed model that is still on the disk.</summary>
    /// <param name="round">Null: the run's own, which is the newest while it goes on.</param>
    public static StoredModel Kept(Serving parts, RunEntry entry, int? round)
    {
        StoredModel model = parts.Store.Read(
            entry.Id.ToString(),
            reader => (round ?? reader.Published()?.Round) is var wanted
                ? reader.Models().LastOrDefault(model => model.Round > 0 && (wanted is null || model.Round == wanted))
                : null)
            ?? throw new ServiceRefusedException(
                ProblemCode.NotFound,
                round is null ? $"Run {entry.Id} has no committed model yet." : $"Run {entry.Id} has no model of round {round}.",
                $"edgeflora runs show {entry.Id} lists its rounds.");
        return parts.Bodies.Open(entry.Id).Contains(model.Claim.Sha256)
            ? model
            : throw new ServiceRefusedException(
                ProblemCode.NotFound,
                $"The model of round {model.Round} of run {entry.Id} was removed: the newest {entry.Retention.Models} are kept (retention.models).",
                "Name a later round, or none for the newest.");
    }

    /// <summary>Refuses a starting adapter that could not be begun from.</summary>
    public static void RequireAdapter(RunSpec spec)
    {
        if (spec.StartFrom?.Adapter is not { } folder)
        {
            return;
        }

        try
        {
            StartingAdapter.Read(folder, spec.Labels);
        }
        catch (CoordinatorOptionsException unfit)
        {
            throw new ServiceRefusedException(
                ProblemCode.InvalidInput, unfit.Message, mistakes: [new SpecMistake(null, null, null, "startFrom.adapter", folder, unfit.Message)]);
        }
    }

    public string Folder(string? name)
    {
        try
        {
            return options.ModelFolder(name);
        }
        catch (CoordinatorOptionsException unknown)
        {
            throw new ServiceRefusedException(
                ProblemCode.InvalidInput, unknown.Message, mistakes: [new SpecMistake(null, null, null, "model", name, unknown.Message)]);
        }
    }

    private static bool Same(LoraOptions a, LoraOptions b) =>
        a.Rank == b.Rank && a.Alpha.Equals(b.Alpha) && a.Variant == b.Variant && (a.TargetModules ?? []).SequenceEqual(b.TargetModules ?? []);
}
