namespace EdgeFlora.Coordinator.Specs.Sections;

/// <summary>All there is to say in a run spec.</summary>
internal static class SpecSections
{
    public static SpecSectionSettings Top => TopSection.Section;

    /// <summary>Those with a name of their own, in the order in which they are documented.</summary>
    public static IReadOnlyList<SpecSectionSettings> Named { get; } =
    [
        RoundSections.Rounds, BestSection.Section, RoundSections.Agents, RoundSections.Deadlines, TrainingSection.Section, LoraSection.Section,
        AggregationSections.Aggregation, AggregationSections.Robust,
        IntakeSection.Section, PrivacySection.Section, LifeSections.StartFrom, LifeSections.Retention,
    ];

    public static IEnumerable<Settings.Setting> Settings => Named.Prepend(Top).SelectMany(section => section.Settings);
}
