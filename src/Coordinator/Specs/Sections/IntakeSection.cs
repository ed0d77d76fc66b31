using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Specs.Settings;

namespace EdgeFlora.Coordinator.Specs.Sections;

/// <summary>What a result must be to count: <c>intake</c>.</summary>
internal static class IntakeSection
{
    private static readonly IntakeOptions Standard = new();
    private static readonly NumberType Factor = new(1, 1e9);

    public static readonly Setting<int> MaxExamples = new(
        "intake.maxExamples",
        "Examples beyond which the weight an agent claims does not grow.",
        "Intake:MaxExamples",
        new WholeType(1, int.MaxValue, "examples"),
        Standard.MaxExamples);

    public static readonly Setting<double> ArrivalNorm = new(
        "intake.arrivalNorm",
        "Times the median change of the last committed round beyond which a result is refused at arrival.",
        "Intake:ArrivalNormFactor",
        Factor,
        Standard.ArrivalNormFactor);

    public static readonly Setting<double> FreezeNorm = new(
        "intake.freezeNorm",
        "Times the median change of its own round beyond which a result is left out.",
        "Intake:FreezeNormFactor",
        Factor,
        Standard.FreezeNormFactor);

    public static readonly Setting<int> Strikes = new(
        "intake.strikes",
        "Invalid results after which an agent is quarantined.",
        "Intake:Strikes",
        new WholeType(1, 1000, "results"),
        Standard.Strikes);

    public static SpecSectionSettings Section { get; } = new(
        "intake", "What a result must be to count.", [MaxExamples, ArrivalNorm, FreezeNorm, Strikes]);

    public static IntakeOptions Read(SettingValues values) => Standard with
    {
        MaxExamples = values.Of(MaxExamples),
        ArrivalNormFactor = values.Of(ArrivalNorm),
        FreezeNormFactor = values.Of(FreezeNorm),
        Strikes = values.Of(Strikes),
    };
}
