// What jose's users have fits here, and what they get here fits where they take it.
import type * as jose from "jose";
import type * as ours from "touchstone/jose";

/** Compiles when a `From` may stand where a `To` is wanted. */
declare function fits<To>(): <From extends To>() => From;

// Into our functions.
fits<ours.JWTVerifyOptions>()<jose.JWTVerifyOptions>();
fits<ours.VerifyOptions>()<jose.VerifyOptions>();
fits<ours.KeyInput>()<jose.KeyInput>();
fits<ours.JWK>()<jose.JWK>();
fits<ours.JSONWebKeySet>()<jose.JSONWebKeySet>();
fits<ours.FlattenedJWSInput>()<jose.FlattenedJWSInput>();
fits<ours.GeneralJWSInput>()<jose.GeneralJWSInput>();
fits<ours.JWTVerifyGetKey>()<jose.JWTVerifyGetKey>();
fits<ours.CompactVerifyGetKey>()<jose.CompactVerifyGetKey>();
fits<ours.FlattenedVerifyGetKey>()<jose.FlattenedVerifyGetKey>();
fits<ours.GeneralVerifyGetKey>()<jose.GeneralVerifyGetKey>();
fits<ours.JWTVerifyGetKey>()<jose.LocalJWKSet>();
fits<ours.JWKSCacheInput>()<jose.JWKSCacheInput>();
fits<ours.FetchImplementation>()<jose.FetchImplementation>();
fits<Omit<ours.RemoteJWKSetOptions, symbol>>()<Omit<jose.RemoteJWKSetOptions, symbol>>();
fits<ours.KeyImportOptions>()<jose.KeyImportOptions>();

// Out of them.
fits<jose.CryptoKey>()<ours.CryptoKey>();
fits<jose.JWTVerifyResult>()<ours.JWTVerifyResult>();
fits<jose.JWTVerifyResult<{ a: string }>>()<ours.JWTVerifyResult<{ a: string }>>();
fits<jose.ResolvedKey>()<ours.ResolvedKey>();
fits<jose.CompactVerifyResult>()<ours.CompactVerifyResult>();
fits<jose.FlattenedVerifyResult>()<ours.FlattenedVerifyResult>();
fits<jose.GeneralVerifyResult>()<ours.GeneralVerifyResult>();
fits<jose.JWTPayload>()<ours.JWTPayload>();
fits<jose.JSONWebKeySet>()<ours.JSONWebKeySet>();
fits<jose.JWSHeaderParameters>()<ours.JWSHeaderParameters>();
fits<jose.LocalJWKSet>()<ours.LocalJWKSet>();
fits<jose.RemoteJWKSet>()<ours.RemoteJWKSet>();
fits<jose.ProtectedHeaderParameters>()<ours.ProtectedHeaderParameters>();
fits<jose.ExportedJWKSCache>()<ours.ExportedJWKSCache>();
fits<jose.errors.JOSEError>()<ours.errors.JOSEError>();
fits<jose.errors.JWTExpired>()<ours.errors.JWTExpired>();
fits<jose.errors.JWTClaimValidationFailed>()<ours.errors.JWTClaimValidationFailed>();
fits<jose.errors.JWKSMultipleMatchingKeys>()<ours.errors.JWKSMultipleMatchingKeys>();
fits<jose.errors.AnyJOSEError>()<ours.errors.AnyJOSEError>();
fits<jose.errors.AnyJOSEError["code"]>()<ours.errors.AnyJOSEError["code"]>();

// And not everything fits.
// @ts-expect-error
fits<ours.JWTVerifyOptions>()<{ audience: number }>();
// @ts-expect-error
fits<ours.KeyInput>()<number>();
// @ts-expect-error
fits<{ payload: string }>()<ours.JWTVerifyResult>();
