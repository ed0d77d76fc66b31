using System.CommandLine;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Coordinator.Options;

namespace EdgeFlora.Cli.Commands.Coordinator;

/// <summary>Options of what a result must be to count.</summary>
internal sealed class IntakeArguments
{
    private static readonly IntakeOptions Standard = new();

    private readonly Option<int> maxExamples = Ranged.Number(
        "--max-examples", "Examples beyond which the weight an agent claims does not grow", "examples", 1, int.MaxValue, Standard.MaxExamples);
    private readonly Option<double> examplesFactor = Ranged.Number(
        "--examples-factor", "Times the median examples of its round that a result weighs at most; 0: no limit", "", 0, 1e9, Standard.ExamplesFactor);
    private readonly Option<double> shareCap = Ranged.Number(
        "--share-cap", "Part of all weights of its round that a result has at most; 0: no limit", "", 0, 1, Standard.ShareCap);
    private readonly Option<double> arrivalNorm = Ranged.Number(
        "--arrival-norm",
        "Times the median change of the last committed round beyond which a result is refused at arrival",
        "",
        1,
        1e9,
        Standard.ArrivalNormFactor);
    private readonly Option<double> freezeNorm = Ranged.Number(
        "--freeze-norm", "Times the median change of its own round beyond which a result is left out", "", 1, 1e9, Standard.FreezeNormFactor);
    private readonly Option<int> strikes = Ranged.Number(
        "--strikes", "Invalid results after which an agent takes part no more", "results", 1, 1000, Standard.Strikes);

    public IEnumerable<Option> All => [maxExamples, examplesFactor, shareCap, arrivalNorm, freezeNorm, strikes];

    public IntakeOptions Read(ParseResult parsed) => new()
    {
        MaxExamples = parsed.GetValue(maxExamples),
        ExamplesFactor = parsed.GetValue(examplesFactor),
        ShareCap = parsed.GetValue(shareCap),
        ArrivalNormFactor = parsed.GetValue(arrivalNorm),
        FreezeNormFactor = parsed.GetValue(freezeNorm),
        Strikes = parsed.GetValue(strikes),
    };
}
