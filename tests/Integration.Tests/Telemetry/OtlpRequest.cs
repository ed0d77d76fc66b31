using Google.Protobuf;

namespace EdgeFlora.Integration.Tests.Telemetry;

/// <summary>Reads what an OTLP request of traces, metrics or logs holds, by the numbers of its fields.</summary>
/// <remarks>Source: opentelemetry-proto 1, <c>trace.proto</c>, <c>resource.proto</c>, <c>common.proto</c>.</remarks>
internal static class OtlpRequest
{
    // Of every kind of request: resources, each with what was seen in it.
    private const int Resources = 1;
    private const int Resource = 1;
    private const int Scopes = 2;
    private const int AttributesOfResource = 1;

    // Of a scope of spans, and of a span.
    private const int Spans = 2;
    private const int TraceId = 1;
    private const int SpanId = 2;
    private const int ParentId = 4;
    private const int Name = 5;
    private const int AttributesOfSpan = 9;

    // Of an attribute.
    private const int Key = 1;
    private const int Value = 2;
    private const int Text = 1;

    /// <exception cref="InvalidProtocolBufferException">It is no such request.</exception>
    public static IReadOnlyList<ReceivedSpan> ReadSpans(ByteString request)
    {
        var spans = new List<ReceivedSpan>();
        foreach (ByteString source in All(request, Resources))
        {
            IReadOnlyDictionary<string, string> process = ProcessOf(source);
            foreach (ByteString span in All(source, Scopes).SelectMany(scope => All(scope, Spans)))
            {
                spans.Add(new ReceivedSpan(
                    process.GetValueOrDefault("service.name", ""),
                    process.GetValueOrDefault("service.instance.id", ""),
                    Hex(span, TraceId),
                    Hex(span, SpanId),
                    Hex(span, ParentId),
                    All(span, Name).Single().ToStringUtf8(),
                    Attributes(All(span, AttributesOfSpan))));
            }
        }

        return spans;
    }

    /// <summary>Names of the services that a request is from.</summary>
    /// <exception cref="InvalidProtocolBufferException">It is no such request.</exception>
    public static IReadOnlyList<string> ReadServices(ByteString request) =>
        [.. All(request, Resources).Select(source => ProcessOf(source).GetValueOrDefault("service.name", ""))];

    private static IReadOnlyDictionary<string, string> ProcessOf(ByteString source) =>
        Attributes(All(source, Resource).SelectMany(resource => All(resource, AttributesOfResource)));

    private static Dictionary<string, string> Attributes(IEnumerable<ByteString> pairs) => pairs
        .Select(pair => (
            Name: All(pair, Key).Single().ToStringUtf8(),
            Text: All(pair, Value).SelectMany(value => All(value, Text)).SingleOrDefault()))
        .Where(pair => pair.Text is not null)
        .ToDictionary(pair => pair.Name, pair => pair.Text!.ToStringUtf8());

    private static string Hex(ByteString message, int field) =>
        Convert.ToHexStringLower(All(message, field).SingleOrDefault(ByteString.Empty).Span);

    /// <summary>What a message holds in a field of bytes, text or messages.</summary>
    private static List<ByteString> All(ByteString message, int field)
    {
        var found = new List<ByteString>();
        CodedInputStream input = message.CreateCodedInput();
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            if (tag == WireFormat.MakeTag(field, WireFormat.WireType.LengthDelimited))
            {
                found.Add(input.ReadBytes());
            }
            else
            {
                input.SkipLastField();
            }
        }

        return found;
    }
}
