using EdgeFlora.Coordinator.Specs.Settings;

namespace EdgeFlora.Coordinator.Specs.Sections;

/// <summary>What a run begins from and what is kept of it: <c>startFrom</c> and <c>retention</c>.</summary>
internal static class LifeSections
{
    private static readonly RunRetention Standard = new();

    public static readonly Setting<string?> Adapter = new(
        "startFrom.adapter",
        "PEFT folder on the service's machine that the first round begins from; its rank, variant and targets must be those of lora.",
        "StartFrom:Adapter",
        new TextType(1000),
        null);

    public static readonly Setting<Guid?> Run = new(
        "startFrom.run", "Another run, from whose model the first round begins.", "StartFrom:RunId", new RunIdType(), null);

    public static readonly Setting<int?> Round = new(
        "startFrom.round",
        "Round of startFrom.run. Without it: its newest committed one.",
        "StartFrom:Round",
        new OptionalWholeType(new(1, 10_000)),
        null);

    public static readonly Setting<int> Models = new(
        "retention.models",
        "Newest models that are kept, also while the run goes on. The last one always is, "
            + "and each until the expected evaluators have measured it, if no 100 newer ones wait.",
        "Retention:Models",
        new WholeType(1, 10_000, "models"),
        Standard.Models);

    public static readonly Setting<int> Results = new(
        "retention.results",
        "Newest rounds whose results are kept after they are merged, with the models around them, so that 'runs verify' can merge them again. "
            + "Results tell of agents' data what no sum of many does; in a private run none are kept.",
        "Retention:Results",
        new WholeType(0, 10_000, "rounds"),
        Standard.Results);

    public static readonly Setting<TimeSpan?> DeleteAfter = new(
        "retention.deleteAfter",
        "Time after its end at which the run is deleted. Without it: never.",
        "Retention:DeleteAfter",
        new OptionalDurationType(new(TimeSpan.FromMinutes(1), TimeSpan.FromDays(3650)), "never"),
        null);

    public static SpecSectionSettings StartFrom { get; } = new(
        "startFrom", "The model that the first round begins from. Without it: a fresh adapter.", [Adapter, Run, Round]);

    public static SpecSectionSettings Retention { get; } = new("retention", "What is kept of the run.", [Models, Results, DeleteAfter]);

    public static StartingPoint? ReadStart(SettingValues values)
    {
        if (values.Has(Adapter))
        {
            values.RefuseIdle("beside startFrom.adapter; a run begins from one of them", Run, Round);
        }
        else if (!values.Has(Run))
        {
            values.RefuseIdle("without startFrom.run; name the run it is a round of", Round);
        }

        return values.Has(Adapter) || values.Has(Run)
            ? new StartingPoint { Adapter = values.Of(Adapter), RunId = values.Of(Run), Round = values.Of(Round) }
            : null;
    }

    public static RunRetention ReadRetention(SettingValues values) =>
        new() { Models = values.Of(Models), Results = values.Of(Results), DeleteAfter = values.Of(DeleteAfter) };
}
