using System.CommandLine;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;

namespace EdgeFlora.Cli.CommandLine;

/// <summary>How adapters are encoded on their way.</summary>
internal static class CodecOption
{
    /// <summary>Codec of the agents' updates.</summary>
    public static Option<string> Create(string standard) => Create("--codec", "Codec of the agents' updates", standard, whole: false);

    /// <summary>Codec of the global adapter.</summary>
    public static Option<string> Broadcast(string standard) =>
        Create("--broadcast-codec", "Codec of the global adapter, one that holds a whole adapter", standard, whole: true);

    /// <param name="whole">Whether codecs that hold differences only are refused.</param>
    private static Option<string> Create(string name, string purpose, string standard, bool whole)
    {
        var option = new Option<string>(name)
        {
            Description = $"{purpose}: {AdapterCodec.Names}",
            HelpName = "NAME",
            DefaultValueFactory = _ => standard,
        };
        option.Validators.Add(result =>
        {
            string text = result.GetValueOrDefault<string>() ?? "";
            try
            {
                if (AdapterCodec.Parse(text).NeedsReference && whole)
                {
                    result.AddError($"{name} is '{text}', which holds differences only; name a codec that holds a whole adapter, such as fp16");
                }
            }
            catch (AdapterFormatException)
            {
                result.AddError($"{name} is '{text}'; it must be one of {AdapterCodec.Names}");
            }
        });
        return option;
    }
}
