using System.CommandLine;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Cli.CommandLine;

/// <summary>How the base model's weights are held in memory.</summary>
internal static class WeightsOption
{
    public static Option<string> Create() => Ranged.Choice(
        "--weights",
        "How base weights are held: mapped from the file in its own type, copied in single precision, "
            + "or copied and rounded to bfloat16 or to 8 bits (least memory); what is rounded gives slightly other results",
        ["mapped", "single", "bf16", "int8"],
        "mapped");

    public static WeightStorage Storage(string name) => name switch
    {
        "single" => WeightStorage.Singles,
        "bf16" => WeightStorage.Bf16,
        "int8" => WeightStorage.EightBit,
        _ => WeightStorage.Mapped,
    };
}
