using System.Globalization;
using System.Xml.Linq;
using EdgeFlora.Cli.Live;
using static EdgeFlora.Cli.Report.Mark;

namespace EdgeFlora.Cli.Report;

/// <summary>The run in a handful of figures.</summary>
internal static class ReportTiles
{
    public static IEnumerable<XElement> Draw(ReportContent content)
    {
        DemoResult result = content.Result;
        yield return Tile(Shown.Percent(result.FinalGlobalAccuracy), "global accuracy", $"{Shown.Percent(result.BaseAccuracy)} before");
        if (result.LocalOnlyAccuracyMean is { } alone)
        {
            yield return Tile(Points(result.FinalGlobalAccuracy - alone), "better than alone", $"mean alone {Shown.Percent(alone)}");
        }

        if (result.CentralisedAccuracy is { } central && central > 0)
        {
            yield return Tile(Shown.Percent(result.FinalGlobalAccuracy / central), "of centralised", $"centralised {Shown.Percent(central)}");
        }

        if (result.Bytes.Up > 0)
        {
            yield return Tile(Ratio(result.Bytes.FullModel, result.Bytes.Up), "fewer bytes than the model", $"{Shown.Bytes(result.Bytes.Up)} sent");
        }

        if (result.Faults.Count > 0)
        {
            int survived = result.Faults.Count(fault => fault.Survived);
            yield return Tile(
                string.Create(CultureInfo.InvariantCulture, $"{survived} of {result.Faults.Count}"), "faults survived", "caused on purpose");
        }
    }

    private static string Points(double difference) => string.Create(CultureInfo.InvariantCulture, $"{difference * 100:+0.0;−0.0;0.0} pts");

    private static string Ratio(long larger, long smaller) => string.Create(CultureInfo.InvariantCulture, $"{(double)larger / smaller:0}×");
}
