using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Api.Access;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace EdgeFlora.Coordinator.Api.Description;

/// <summary>The OpenAPI document: the same on every machine, so that it can be kept and compared (docs/api/openapi.json).</summary>
internal static class ApiDescription
{
    private const string Bearer = "operatorToken";

    public static void Configure(OpenApiOptions options)
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "EdgeFlora coordinator",
                Version = "v1",
                Description = "Runs and agents of a federated fine-tuning service. Errors are problem details (RFC 9457) with 'code', 'fix' and "
                    + "'errors'. Commands take an Idempotency-Key.",
            };
            document.Servers = [];
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                [Bearer] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.Http,
                    Scheme = "bearer",
                    Description = "An operator token: edgeflora tokens create.",
                },
            };
            document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, document)] = [] }];
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            if (context.Description.ActionDescriptor.EndpointMetadata.OfType<AgentTokenRequirement>().Any())
            {
                operation.Description = "Needs an agent token: edgeflora tokens create --agent.";
            }

            if (context.Description.ActionDescriptor.EndpointMetadata.OfType<RoleRequirement>().FirstOrDefault() is { } needed)
            {
                operation.Description = $"Needs a token of role {needed.Role.ToString().ToLowerInvariant()}.";
                if (needed.Role == OperatorRole.Operate && context.Description.HttpMethod is not "GET")
                {
                    operation.Parameters ??= [];
                    operation.Parameters.Add(new OpenApiParameter
                    {
                        Name = "Idempotency-Key",
                        In = ParameterLocation.Header,
                        Description = "Chosen by the client; a repeat with the same key gets the first answer and changes nothing.",
                        Schema = new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1, MaxLength = 200 },
                    });
                }
            }

            return Task.CompletedTask;
        });
    }
}
